import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { readPage, referencesOf, root } from './pages.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const text = readFileSync(join(root, 'charts/ankra-support-agent/files/alerts.yaml'), 'utf8');
const rules = (
  parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);

describe('the alerts of the chart', () => {
  test('have a section of the runbooks each, and no other', () => {
    const headings = [...readPage('docs/runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(rules.map(({ alert }) => alert));
  });

  test('say themselves what is the matter and what to do', () => {
    const lacking = rules.filter(
      ({ annotations: { summary, description, remedy } }) => !summary || !description || !remedy,
    );
    expect(lacking).toEqual([]);
  });

  test('ask for metrics that there are', () => {
    const known = new Set(new Metrics('0.0.0').registry.getMetricsAsArray().map(({ name }) => name));
    const asked = rules.flatMap(({ expr }) => expr.match(/ankra_support_agent_\w+/g) ?? []);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  test('lead to log lines, Events and fields that there are, as their sections do', () => {
    const code = [
      ...referencesOf(readPage('docs/runbooks.md')).code,
      ...rules.flatMap(({ annotations }) => annotations['remedy']?.match(/(?<=`)[^`]+(?=`)/g) ?? []),
    ];
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
      .join('\n');
    const quoted = code.flatMap(
      (each) => /grep "([^"]+)"|field-selector reason=(\w+)/.exec(each)?.slice(1) ?? [],
    );
    const words = quoted.filter((each) => each !== undefined);
    expect(words.length).toBeGreaterThan(3);
    expect(words.filter((each) => !sources.includes(each))).toEqual([]);
    // Of the pods that a selector finds, kubectl shows the last ten lines where nothing else is said.
    expect(code.filter((each) => /logs -l/.test(each) && !each.includes('--tail='))).toEqual([]);
  });
});
