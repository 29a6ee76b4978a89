import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/domain/environment.ts';
import { redactEnvironment } from '../../src/enrich/environment.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { createRedactor } from '../../src/enrich/redact/redactor.ts';
import { alphabets, createRandom } from '../corpus/random.ts';

/** A part of a JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

const schema = JSON.parse(
  readFileSync(new URL('../../docs/environment.schema.json', import.meta.url), 'utf8'),
) as Schema;
const redactor = createRedactor(defaultRedactionOptions);
const random = createRandom(1401);

// Forms that a rule knows in any text; each gets a secret of its own.
const forms: readonly ((secret: string) => string)[] = [
  (secret) => `password=${secret}`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `postgres://app:${secret}@db/orders`,
  (secret) => `{"apiKey":"${secret}"}`,
  (secret) => `curl -u bob:${secret} https://x.example.com`,
  (secret) => `invalid value "${secret}" for DB_PASSWORD`,
];

/** An environment in which every string holds a canary, and where each of them stands. */
function stuffed(): { readonly environment: Environment; readonly places: ReadonlyMap<string, string> } {
  const places = new Map<string, string>();

  function canary(path: string): string {
    const secret = `${random.text(alphabets.alnum, 11)}9Zk`;
    places.set(secret, path);
    return secret;
  }

  function text(path: string): string {
    const form = forms[places.size % forms.length] as (secret: string) => string;
    return form(canary(path));
  }

  function make(part: Schema, path: string): unknown {
    if (part.const !== undefined) return part.const;
    if (part.enum !== undefined) return part.enum[0];
    if (part.type === 'array' && path.endsWith('.command')) return ['redis-cli', '-a', canary(path), 'ping'];
    if (part.type === 'array') return [0, 1].map((at) => make(part.items ?? {}, `${path}[${at}]`));
    if (part.type === 'object') return object(part, path);
    if (part.type === 'string') return text(path);
    return part.type === 'boolean' ? true : 1;
  }

  function object(part: Schema, path: string): unknown {
    const named = Object.entries(part.properties ?? {}).map(([key, of]) => [key, make(of, `${path}.${key}`)]);
    const { additionalProperties: open } = part;
    const more =
      typeof open === 'object'
        ? [
            ['example.com/note', make(open, `${path}.note`)],
            ['db-password', canary(`${path}.db-password`)],
          ]
        : [];
    return Object.fromEntries([...named, ...more]);
  }

  return { environment: make(schema, '') as Environment, places };
}

describe('a canary in every string of the environment', () => {
  const { environment, places } = stuffed();
  const before = JSON.stringify(environment);
  const after = JSON.stringify(redactEnvironment(environment, redactor, []));

  test('is planted', () => {
    expect(places.size).toBeGreaterThan(200);
    expect([...places.keys()].filter((secret) => !before.includes(secret))).toEqual([]);
  });

  test('leaves nowhere', () => {
    expect([...places].filter(([secret]) => after.includes(secret)).map(([, path]) => path)).toEqual([]);
  });
});

// What programs are given on their command lines; X is the secret.
const commands: readonly (readonly string[])[] = [
  ['redis-cli', '-a', 'X'],
  ['redis-server', '--requirepass', 'X'],
  ['mysql', '-pX'],
  ['mysql', '--user=root', '--password', 'X'],
  ['mysqladmin', '-u', 'root', '-pX', 'ping'],
  ['curl', '-u', 'bob:X', 'https://x.example.com'],
  ['curl', '-H', 'Authorization: Bearer X', 'https://x.example.com'],
  ['psql', 'postgres://a:X@db/orders'],
  ['mongosh', '-u', 'root', '-p', 'X'],
  ['docker', 'login', '-u', 'ci', '-p', 'X'],
  ['sh', '-c', 'mysql -pX orders'],
  ['sh', '-c', 'export DB_PASSWORD=X; exec app'],
  ['env', 'DB_PASSWORD=X', 'app'],
  ['app', '--password', 'X'],
  ['app', '--password=X'],
  ['app', '--api-key', 'X', '--port', '8080'],
  ['ldapsearch', '-D', 'cn=a', '-w', 'X'],
  ['sshpass', '-p', 'X', 'ssh', 'host'],
  ['htpasswd', '-bc', '/auth', 'bob', 'X'],
  ['keytool', '-list', '-storepass', 'X'],
  ['openssl', 'enc', '-k', 'X'],
  ['smbclient', '-U', 'bob%X'],
  ['etcdctl', '--user', 'root:X'],
  ['cqlsh', '-u', 'a', '-p', 'X'],
  ['zip', '-P', 'X', 'a.zip'],
  ['7z', 'a', '-pX'],
  ['sqlcmd', '-U', 'sa', '-P', 'X'],
  ['mosquitto_pub', '-u', 'a', '-P', 'X'],
  ['rabbitmqctl', 'add_user', 'bob', 'X'],
  ['wget', '--password', 'X'],
  ['helm', 'upgrade', '--set', 'db.password=X'],
  ['java', '-Dspring.datasource.password=X', '-jar', 'a.jar'],
  ['java', '-Djavax.net.ssl.keyStorePassword=X'],
  ['kubectl', 'create', 'secret', 'generic', 'a', '--from-literal=k=X'],
];

describe('a secret among the arguments of a program', () => {
  test.each(commands.map((command) => [command.join(' '), command] as const))('%s', (_name, command) => {
    const secret = `m0rba${random.text(alphabets.alnum, 6)}9Kq`;
    const given = command.map((part) => part.replace(/X$|X(?=[ @;])/, secret));
    expect(given).not.toEqual(command);
    const { environment } = stuffed();
    const container = { ...environment.containers[0], command: given };
    const log = { container: 'app', pod: 'a', previous: false, lines: [`server said no to ${secret} twice`] };
    const full = { ...environment, containers: [container], logs: [log] } as Environment;
    expect(JSON.stringify(redactEnvironment(full, redactor, [])).includes(secret)).toBe(false);
  });
});

test('an argument of several words is masked whole', () => {
  const command = ['app', '--db-password', 'correct horse battery 42'];
  expect(redactor.redactValue({ command }).value).toEqual({
    command: ['app', '--db-password', '[REDACTED:command-line]'],
  });
});

test('an object under a secret-like key is masked, its properties are not', () => {
  const secret = 'hunter-2-hunter';
  const value = { password: { value: secret, type: 'literal' }, apiToken: { of: { app: 'a1B2c3D4e5' } } };
  expect(redactor.redactValue(value).value).toEqual({
    password: { value: '[REDACTED:password]', type: 'literal' },
    apiToken: { of: { app: '[REDACTED:secret]' } },
  });
});
