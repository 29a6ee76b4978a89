import { expect, test } from '@jest/globals';
import {
  secretValuesOf,
  probeLine,
  environmentNames,
  commandOf,
} from '../../../src/kube/evidence/container.ts';

const usual = 'delay=0s timeout=1s period=10s #success=1 #failure=3';

test.each<[string, object, string]>([
  ['a number', { httpGet: { path: '/ready', port: 8080 } }, `http-get http://:8080/ready ${usual}`],
  ['the name of a port', { httpGet: { path: '/', port: 'metrics' } }, `http-get http://:metrics/ ${usual}`],
  [
    'scheme and host',
    { httpGet: { path: 'x', port: 443, scheme: 'HTTPS', host: 'a.example' } },
    `http-get https://a.example:443x ${usual}`,
  ],
  ['no path', { httpGet: { port: 80 } }, `http-get http://:80/ ${usual}`],
  ['no port', { httpGet: { path: '/' } }, `http-get http://:?/ ${usual}`],
  ['a socket', { tcpSocket: { port: 5432 } }, `tcp-socket :5432 ${usual}`],
  [
    'a socket of a host, by name of port',
    { tcpSocket: { port: 'pg', host: 'db' } },
    `tcp-socket db:pg ${usual}`,
  ],
  ['gRPC', { grpc: { port: 9090 } }, `grpc :9090 ${usual}`],
  ['a service of gRPC', { grpc: { port: 9090, service: 'live' } }, `grpc :9090 live ${usual}`],
  ['a command', { exec: { command: ['cat', '/tmp/ok'] } }, `exec [cat /tmp/ok] ${usual}`],
  ['an action that nobody knows yet', { udpSocket: {} }, `unknown ${usual}`],
  [
    'its own times',
    {
      tcpSocket: { port: 1 },
      initialDelaySeconds: 5,
      timeoutSeconds: 2,
      periodSeconds: 7,
      successThreshold: 4,
      failureThreshold: 9,
    },
    'tcp-socket :1 delay=5s timeout=2s period=7s #success=4 #failure=9',
  ],
])('a probe with %s is one line', (_what, probe, line) => {
  expect(probeLine(probe)).toBe(line);
});

test.each([[undefined], [null], ['exec']])('%j is no probe', (value) => {
  expect(probeLine(value)).toBeUndefined();
});

test('a command is what is run, and its arguments', () => {
  expect(commandOf({ command: ['sh', '-c'], args: ['exec app'] })).toEqual(['sh', '-c', 'exec app']);
  expect(commandOf({})).toEqual([]);
});

test('of the environment only names are told, of sources what they are', () => {
  const envFrom = [
    { configMapRef: { name: 'settings' } },
    { prefix: 'DB_', secretRef: { name: 'db' } },
    { secretRef: {} },
  ];
  const env = [{ name: 'MODE', value: 'fast' }, { value: 'nameless' }];
  expect(environmentNames({ envFrom, env })).toEqual([
    '* (ConfigMap settings)',
    'DB_* (Secret db)',
    '* (Secret ?)',
    'MODE',
    '',
  ]);
});

test.each([
  ['DB_PASSWORD', 'tr0ub', true],
  ['db_pwd', 'abcde', true],
  ['API_KEY', 'abcde', true],
  ['SIGNING_KEY', 'abcde', true],
  ['KEYBOARD', 'abcde', false],
  ['DSN', 'host=a', true],
  ['PASSIVE', 'passive', false],
  ['AUTHOR', 'somebody', false],
  ['AUTH_MODE', 'basic', false],
  ['TOKEN_TTL', '3600s', false],
  ['SECRET', 'abcd', false],
  ['MODE', 'tr0ub4dor', false],
])('%s=%s is to be struck out: %j', (name, value, isSecret) => {
  expect(secretValuesOf({ env: [{ name, value }] })).toEqual(isSecret ? [value] : []);
});
