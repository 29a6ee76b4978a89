import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.ts';
import { Metrics } from '../../src/telemetry/index.ts';
import { deploy } from '../agent/shop.ts';
import { chart } from './support/helm.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';
import { manifests, template } from './support/render.ts';
import { type RunningAgent, startAgent } from './support/running-agent.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const file = join(chart, 'dashboards/ankra-support-agent.json');
const text = readFileSync(file, 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

const least = 'ticketApi.existingSecret.name=x,clusterName=c';

describe('the ConfigMap with the dashboard', () => {
  async function rendered(...more: readonly string[]) {
    const all = manifests(await template('--set', least, ...more));
    return all.filter(({ metadata }) => metadata.name.endsWith('-dashboards'));
  }

  test('is there when it is asked for, with the label of the sidecar and the file as it is', async () => {
    const folder = 'metrics.dashboards.annotations.grafana_folder=Support';
    const [map] = await rendered('--set', `metrics.dashboards.enabled=true,${folder}`);
    expect(map?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(map?.metadata.annotations).toMatchObject({ grafana_folder: 'Support' });
    const data = map?.['data'] as Readonly<Record<string, string>>;
    expect(Object.keys(data)).toEqual(['ankra-support-agent.json']);
    expect(JSON.parse(data['ankra-support-agent.json'] ?? '')).toEqual(dashboard);
  });

  test('is not there otherwise', async () => {
    expect(await rendered()).toEqual([]);
  });
});

describe('the dashboard', () => {
  test('says of each panel what it shows, and names no data source of one Grafana', () => {
    expect(panels.filter(({ description = '' }) => description === '')).toEqual([]);
    const sources = panels.flatMap(({ datasource, targets = [] }) => [
      datasource?.uid,
      ...targets.map((target) => target.datasource.uid),
    ]);
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'cluster', 'namespace']);
  });

  test('has a place for each panel, and no two in one', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_none, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test('asks each series of the agent by cluster and namespace', () => {
    const known = new Set(new Metrics('0').registry.getMetricsAsArray().map(({ name }) => name));
    const asked = panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\b(ankra_support_agent_\w+)(\{[^}]*\})?/g)]),
    );
    expect(asked.filter(([, name = '']) => !known.has(name.replace(/_(?:bucket|count|sum)$/, '')))).toEqual(
      [],
    );
    const without = asked.filter(
      ([, , selector = '']) => !selector.includes('cluster=~"$cluster", namespace=~"$namespace"'),
    );
    expect(without.map(([all]) => all)).toEqual([]);
  });
});

describe('each panel of the dashboard', () => {
  let agent: RunningAgent;
  let prometheus: Prometheus;

  async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = systemClock.monotonic() + 50_000;
    while (!(await isSo())) {
      if (systemClock.monotonic() > deadline) throw new Error(`not within 50 s: ${what}`);
      await systemClock.sleep(200);
    }
  }

  const isAtLeast = async (expression: string, least: number): Promise<boolean> =>
    ((await prometheus.query(expression).catch(() => []))[0]?.value ?? 0) >= least;

  beforeAll(async () => {
    agent = await startAgent({ groupWait: '0s', classes: { crash: { for: '1s' } } });
    // As most have it: no label `cluster`.
    prometheus = await startPrometheus(`127.0.0.1:${agent.port}`, { namespace: 'support', pod: 'agent-1' });
    await until('two scrapes', () => isAtLeast('count_over_time(ankra_support_agent_leader[1m])', 2));
    deploy(agent.sandbox).crash();
    await until('a ticket', () =>
      isAtLeast('increase(ankra_support_agent_tickets_total{outcome="filed"}[1m])', 0.9),
    );
  });

  afterAll(async () => {
    await prometheus?.stop();
    await agent?.stop();
  });

  test.each(panels.map(({ title, targets = [] }) => ({ title, targets })))(
    '$title: shows series of an agent that runs',
    async ({ targets }) => {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) {
        const asked = expr
          .replaceAll(/\$(?:cluster|namespace)\b/g, '.*')
          .replaceAll(/\$__(?:rate_interval|range)\b/g, '1m');
        expect(asked).not.toContain('$');
        const series = await prometheus.query(asked);
        expect([expr, series.some(({ value }) => Number.isFinite(value))]).toEqual([expr, true]);
      }
    },
  );
});
