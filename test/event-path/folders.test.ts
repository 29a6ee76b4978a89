import { expect, jest, test } from '@jest/globals';
import { enteredAgain, measureFolders } from './folders.ts';

jest.setTimeout(30_000);

test('an event enters no folder twice on its way to the queue, nor does a key from there to Incident and ticket', async () => {
  const { toQueue, toIncident, toTicket } = await measureFolders();
  // It ends in `enqueue` itself, and in the connection and the client of the ticket API.
  expect(toQueue).toContainEqual(['kube', 'agent', 'observe']);
  expect(toIncident).toEqual([['lib', 'reconcile', 'outbox', 'incidents', 'kube']]);
  expect(toTicket).toEqual([['lib', 'outbox', 'tickets']]);
  expect([...toQueue, ...toIncident, ...toTicket].filter((path) => enteredAgain(path).length > 0)).toEqual(
    [],
  );
});

test('a folder that is entered twice is named', () => {
  expect(enteredAgain(['kube', 'agent', 'observe', 'agent'])).toEqual(['agent']);
});
