import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { packLog, unpackLog } from '../../src/compose/ticket-texts.ts';
import { anIncident } from '../outbox/fixtures.ts';

const log = {
  container: 'app',
  pod: 'checkout-1',
  previous: true,
  lines: ['starting', 'fatal: no provider – ende'],
};

function withAttachment(attachment: ReturnType<typeof packLog>): ReturnType<typeof unpackLog> {
  const { spec } = anIncident();
  const draft = {
    subject: '',
    description: '',
    category: 'technical',
    severity: 'low',
    environment: '{}',
  } as const;
  return unpackLog({ spec: { ...spec, draft: { ...draft, attachment } } });
}

test('a log comes out of an Incident as it went in', () => {
  const packed = packLog('deployment-checkout-0123abcd-1', log);
  expect(packed.name).toBe('deployment-checkout-0123abcd-1-app-previous.log');
  const file = withAttachment(packed);
  expect(Buffer.from(file?.content ?? []).toString()).toBe('starting\nfatal: no provider – ende\n');
  expect(packed.bytes).toBe(file?.content.byteLength);
  expect(file?.contentType).toBe('text/plain');
});

test('its name is a plain one, whatever the container is called', () => {
  const { name } = packLog('pod-x-1', { ...log, container: '../../etc/passwd\n"', previous: false });
  expect(name).toBe('pod-x-1-..-..-etc-passwd--.log');
});

test('what is no file, or far too large, is none', () => {
  expect(withAttachment({ name: 'a.log', bytes: 1, data: 'not gzip' })).toBeUndefined();
  const bomb = gzipSync(Buffer.alloc(64 * 1_024 * 1_024)).toString('base64');
  expect(withAttachment({ name: 'a.log', bytes: 1, data: bomb })).toBeUndefined();
});
