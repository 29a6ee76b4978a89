import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { readPage, root } from './pages.ts';

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
});
