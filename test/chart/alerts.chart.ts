import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ensurePackages, runCommand, silentProgress } from '../cluster/index.ts';
import { referencesOf } from '../docs/pages.ts';
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
    const without = (await rendered()).map(({ annotations, ...rest }) => {
      const { runbook_url: _link, ...others } = annotations as Readonly<Record<string, string>>;
      return { ...rest, annotations: others };
    });
    expect(without).toEqual(rules);
  });
});

describe('the link of each alert', () => {
  const links = async (...more: readonly string[]): Promise<readonly string[]> =>
    (await rendered(...more)).map(
      ({ annotations }) => (annotations as Readonly<Record<string, string>>)['runbook_url'] ?? '',
    );

  test('leads to a section of a page of the repository, at the tag of the release', async () => {
    const { appVersion } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { appVersion: string };
    const base = `https://github.com/ankraio/ankra-support-agent/blob/v${appVersion}/`;
    const found = await links();
    expect(found).toHaveLength(rules.length);
    const lost = found.filter((link) => {
      const { pathname, hash } = new URL(link);
      const page = join(root, pathname.replace(/^(?:\/[^/]+){4}/, ''));
      return !link.startsWith(base) || !referencesOf(readFileSync(page, 'utf8')).anchors.has(hash.slice(1));
    });
    expect(lost).toEqual([]);
    expect(new Set(found).size).toBe(rules.length);
  });

  test('leads to where the values say that the page is kept', async () => {
    const url = 'https://wiki.example.com/runbooks';
    expect(await links('--set', `metrics.prometheusRule.runbookUrl=${url}`)).toEqual(
      rules.map(({ alert }) => `${url}#${String(alert).toLowerCase()}`),
    );
  });
});
