import { expect, test } from '@jest/globals';
import { showCount } from '../../src/telemetry/metric-registry.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly constructor: { readonly name: string };
}

const own = (new Metrics('1').registry.getMetricsAsArray() as unknown as readonly Described[]).filter(
  ({ name }) => name.startsWith('ankra_support_agent_'),
);

test('metrics are named as Prometheus recommends', () => {
  for (const { name, help, constructor } of own) {
    expect([name, /^[a-z]+(_[a-z]+)*$/.test(name)]).toEqual([name, true]);
    expect([name, name.endsWith('_total')]).toEqual([name, constructor.name === 'Counter']);
    expect(help).not.toBe('');
  }
});

test('no label can hold the name of an object', () => {
  const labels = new Set(own.flatMap(({ labelNames }) => labelNames));
  expect([...labels].toSorted()).toEqual([
    'bound',
    'call',
    'cause',
    'change',
    'class',
    'file',
    'hash',
    'kind',
    'mode',
    'operation',
    'outcome',
    'phase',
    'reason',
    'resource',
    'rule',
    'scope',
    'state',
    'version',
  ]);
});

test('a count that somebody else keeps is shown as it is', async () => {
  const { watchRelists } = new Metrics('1');
  const labels = { resource: 'pods', reason: 'expired' };
  for (const count of [3, 3, 5]) showCount(watchRelists, labels, count);
  expect((await watchRelists.get()).values).toEqual([{ labels, value: 5 }]);
});

test('counters of closed sets have a series of each from the start, so that the first of its kind is an increase', async () => {
  const text = await new Metrics('1').registry.metrics();
  for (const series of [
    'tickets_total{outcome="rejected"} 0',
    'request_failures_total{call="create",kind="denied"} 0',
    'comments_total{kind="recovered",outcome="sent"} 0',
    'incident_changes_total{class="crash",change="opened"} 0',
    'tickets_blocked{reason="token"} 0',
    'ticket_api_request_duration_seconds_count{operation="create",outcome="denied"} 0',
    'detector_errors_total{class="none"} 0',
  ])
    expect(text).toContain(`ankra_support_agent_${series}\n`);
  const counters = own.filter(({ constructor }) => constructor.name === 'Counter').map(({ name }) => name);
  const absent = counters.filter((name) => !new RegExp(`^${name}(?:\\{.*\\})? 0$`, 'm').test(text));
  // By resource of the watches, which have series as soon as a watch begins, and by rule.
  expect(absent.filter((name) => !/_(?:watch_\w+|suppressed|redactions)_total$/.test(name))).toEqual([]);
});
