import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ensurePackages, runCommand, silentProgress } from '../cluster/index.ts';
import { chart, root } from './support/helm.ts';
import { manifests, template } from './support/render.ts';

interface Rules {
  readonly groups: readonly { readonly rules: readonly Readonly<Record<string, unknown>>[] }[];
}

const file = join(chart, 'files/alerts.yaml');
const rules = (parse(readFileSync(file, 'utf8')) as Rules).groups.flatMap((group) => group.rules);
const on = ['--set', 'ticketApi.existingSecret.name=x,clusterName=c,metrics.prometheusRule.enabled=true'];

async function rendered(...more: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rule = manifests(await template(...on, ...more)).find(({ kind }) => kind === 'PrometheusRule');
  return (rule as unknown as { readonly spec: Rules }).spec.groups.flatMap((group) => group.rules);
}

describe('the alerts', () => {
  test('pass their unit tests by promtool, which begin from series that are absent', async () => {
    await ensurePackages(silentProgress, [{ name: 'prometheus', file: '/usr/bin/promtool' }]);
    const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
    try {
      copyFileSync(file, join(folder, 'alerts.yaml'));
      copyFileSync(join(root, 'test/chart/alerts.promtool.yaml'), join(folder, 'test.yaml'));
      expect(await runCommand('promtool', ['test', 'rules', join(folder, 'test.yaml')])).toContain('SUCCESS');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('are in the chart as they are tested', async () => {
    expect(await rendered()).toEqual(rules);
  });

  test('lead to their section of the runbooks where it is said where these are', async () => {
    const url = 'https://wiki.example.com/runbooks';
    const links = (await rendered('--set', `metrics.prometheusRule.runbookUrl=${url}`)).map(
      ({ annotations }) => (annotations as Readonly<Record<string, string>>)['runbook_url'],
    );
    expect(links).toEqual(rules.map(({ alert }) => `${url}#${String(alert).toLowerCase()}`));
  });
});
