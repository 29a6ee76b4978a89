import { describe, expect, test } from '@jest/globals';
import { renderClasses } from '../../scripts/render-classes.ts';
import { detectedClasses, failureClasses } from '../../src/domain/failure-classes.ts';
import { readPage } from './pages.ts';

const rendered = await renderClasses();

describe('the classes of failure', () => {
  test.each([...rendered])('are said as they are in %s: `npm run render` writes it', (file, text) => {
    expect(readPage(file)).toBe(text);
  });

  test.each(detectedClasses)('%s says there what is not seen', (name) => {
    const [section = ''] = readPage('docs/detectors.md').split(`\n### ${name}\n`)[1]?.split(/^##+ /m) ?? [];
    expect(section).toMatch(/^\*\*Does not see\*\* \S/m);
  });

  test('have a section each in docs/detectors.md, most causal first', () => {
    const headings = [...readPage('docs/detectors.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(detectedClasses);
  });

  test('are described in both fields of the custom resource that hold one', () => {
    const template = rendered.get('charts/ankra-support-agent/templates/crd-incidents.yaml') ?? '';
    expect(template.split(`such as ${failureClasses.join(', ')}.`)).toHaveLength(3);
  });
});
