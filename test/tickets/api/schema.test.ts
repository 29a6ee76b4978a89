import { expect, test } from '@jest/globals';
import { readDetail, summarySchema, ticketSchema } from '../../../src/tickets/api/schema.ts';

test.each([
  ['{"detail":"no such cluster_id"}', { words: 'no such cluster_id', isAboutCluster: true, isApi: true }],
  ['{"detail":"too long"}', { words: 'too long', isAboutCluster: false, isApi: true }],
  [
    '{"detail":[{"loc":["body","subject"],"msg":"too long"},{"msg":"and more"}]}',
    { words: 'body.subject: too long; and more', isAboutCluster: false, isApi: true },
  ],
  [
    '{"detail":[{"loc":["body","cluster_id"],"msg":"unknown"}]}',
    { words: 'body.cluster_id: unknown', isAboutCluster: true, isApi: true },
  ],
  ['<html>blocked</html>', { words: 'no reason given', isAboutCluster: false, isApi: false }],
  ['{"error":"x"}', { words: 'no reason given', isAboutCluster: false, isApi: false }],
])('an error answer %s', (text, detail) => {
  expect(readDetail(text)).toEqual(detail);
});

const answer = { id: 'T1', subject: 'It fails', status: 'open', created_at: '2026-11-30T06:00:00Z' };

test.each([
  ['SUP-1042', 'SUP-1042'],
  [1042, '1042'],
  [null, undefined],
  ['', undefined],
  [{ prefix: 'SUP' }, undefined],
  [['SUP'], undefined],
])('a ticket number %j is read as %j, and never an error', (ticket_number, number) => {
  expect(summarySchema.parse({ ...answer, ticket_number }).number).toBe(number);
});

test('what else stands in an answer is passed over', () => {
  const more = { sla: { due: null }, ticket_number: 7, attachments: [{ filename: 'a.log', scan: 'clean' }] };
  expect(ticketSchema.parse({ ...answer, ...more })).toMatchObject({
    id: 'T1',
    attachments: ['a.log'],
    number: '7',
  });
});
