import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentSchema } from '../../src/domain/environment.ts';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { composeIncident } from '../../src/compose/incident-draft.ts';
import { toRequest } from '../../src/tickets/index.ts';
import { cases as ownCases } from './cases.ts';
import { commonCases } from './common-cases.ts';
import { rows } from './rows.ts';
import { type Case, inputOf } from './parts.ts';

/** `UPDATE_GOLDEN=1 npm test -- test/golden` writes the files anew; then read them as the person who gets the ticket. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
const cases: Readonly<Record<string, Case>> = { ...ownCases, ...commonCases, ...rows };
const redactor = createRedactor(defaultRedactionOptions);

function ticketOf(name: string, one: Case): string {
  const { spec } = composeIncident(inputOf(one), {
    redactor,
    agent: { name: 'ankra-support-agent', version: '0.1.0' },
    namespace: 'ankra-support-agent',
    maxEnvironmentLength: 65_536,
    category: 'technical',
  });
  if (spec.draft === undefined) throw new Error(`${name} has no draft`);
  const request = toRequest({
    draft: spec.draft,
    marker: 'k8s-47eb08f776-c4009',
    clusterId: undefined,
    shrink: 0, incident: 'an-incident',
  });
  environmentSchema.parse(request.environment);
  return `${request.subject}\n\n${request.description}\n`;
}

describe('the ticket that a person gets', () => {
  test.each(Object.entries(cases))('%s', (name, one) => {
    const file = join(import.meta.dirname, `${name}.md`);
    const ticket = ticketOf(name, one);
    if (isUpdate) writeFileSync(file, ticket);
    expect(existsSync(file)).toBe(true);
    expect(ticket).toBe(readFileSync(file, 'utf8'));
  });

  test.each(['row-rollout-probe', 'row-statefulset-undo', 'row-lost-node-with-statefulset'])(
    'stands in docs/ticket.md as it is: %s',
    (name) => {
      const page = readFileSync(join(import.meta.dirname, '../../docs/ticket.md'), 'utf8');
      expect(page).toContain(readFileSync(join(import.meta.dirname, `${name}.md`), 'utf8').trimEnd());
    },
  );

  test('has no file left over', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.md'));
    expect(files.toSorted()).toEqual(Object.keys(cases).map((name) => `${name}.md`).toSorted());
  });
});
