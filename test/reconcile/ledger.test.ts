import { describe, expect, test } from '@jest/globals';
import { createLedger } from '../../src/reconcile/ledger.ts';
import { anIncident } from '../correlate/fixtures.ts';

describe('an older version of an Incident', () => {
  const known = anIncident({ phase: 'Filed' }, { resourceVersion: '9000' });
  const older = anIncident({ phase: 'Pending' }, { resourceVersion: '500' });

  test('is passed over: a watch may be late', () => {
    const ledger = createLedger();
    ledger.upsert(known);
    expect(ledger.upsert(older)).toBe(false);
    expect(ledger.named(older.name)?.status.phase).toBe('Filed');
  });

  test('is taken when the history of the server was rewritten', () => {
    const ledger = createLedger();
    ledger.upsert(known);
    expect(ledger.upsert(older, true)).toBe(true);
    expect(ledger.named(older.name)?.status.phase).toBe('Pending');
    expect(ledger.upsert(anIncident({ phase: 'Filed' }, { resourceVersion: '501' }))).toBe(true);
  });
});
