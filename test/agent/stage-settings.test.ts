import { expect, test } from '@jest/globals';
import { type ConfigInput, parseConfig } from '../../src/config/index.ts';
import { defaultForMs } from '../support/default-for.ts';
import { DAY, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Evidence } from '../../src/domain/environment.ts';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import { stageSettings } from '../../src/agent/stage-settings.ts';
import { Silences } from '../../src/correlate/index.ts';

const release = { namespace: 'ankra-support-agent', name: 'agent' };

const nothing: Evidence = { takenAt: 0, containers: [], events: [], logs: [], omitted: [], secretValues: [] };

function failing(failureClass: FailureClass) {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u' };
  const signal = {
    class: failureClass,
    regarding: owner,
    reason: 'r',
    message: 'm',
    since: 0,
    lastSeenAt: 0,
    occurrences: 1,
    immediate: true,
  };
  return { owner, signals: failureClass === 'manual' ? [] : [signal] };
}

function settingsOf(config: ConfigInput) {
  return stageSettings(parseConfig(config, 'test'), release);
}

test('the defaults are those of the design', () => {
  const { correlator, rules, outbox, detect, severityOf } = settingsOf({});
  expect(correlator).toEqual({
    forMs: defaultForMs,
    groupWaitMs: 10 * SECOND,
    resolveAfterMs: 10 * MINUTE,
    storm: { perMinute: 10, perHour: 60 },
    maxIncidents: 2_000,
    mode: 'file',
  });
  expect(rules).toEqual({
    excludeNamespaces: [],
    includeNamespaces: [],
    disabledClasses: new Set(),
    ownRelease: release,
    silences: expect.any(Silences),
  });
  expect(outbox).toEqual({
    mode: 'file',
    lookupDelayMs: 30 * SECOND,
    keepRecoveredMs: 7 * DAY,
    keepRejectedMs: 30 * DAY,
    maxConcurrent: 2,
    maxPerMinute: 60,
    closeRecovered: false,
  });
  expect(detect).toEqual({
    resolveAfterMs: 10 * MINUTE,
    maintenanceMs: 60 * MINUTE,
    optIn: new Set(),
    ownedEvictions: true,
  });
  expect([severityOf(failing('crash'), nothing), severityOf(failing('manual'), nothing)]).toEqual([
    'critical',
    'critical',
  ]);
});

test('no limit of the rate is none', () => {
  expect(settingsOf({ ticketApi: { maxPerMinute: 0 } }).outbox.maxPerMinute).toBe(Infinity);
});

test('each class can be switched on and off, held and weighed on its own', () => {
  const { correlator, rules, detect, severityOf } = settingsOf({
    classes: {
      crash: { enabled: false },
      terminating: { enabled: true },
      image: { for: '1s', severity: 'low' },
    },
  });
  expect(rules.disabledClasses).toEqual(new Set(['crash']));
  expect(detect.optIn).toEqual(new Set(['terminating']));
  expect(correlator.forMs).toEqual({ ...defaultForMs, image: SECOND });
  expect([severityOf(failing('image'), nothing), severityOf(failing('crash'), nothing)]).toEqual([
    'low',
    'critical',
  ]);
});
