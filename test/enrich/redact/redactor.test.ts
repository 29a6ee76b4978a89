import { describe, expect, test } from '@jest/globals';
import { defaultRedactionOptions, type RedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor, textCutNote } from '../../../src/enrich/redact/redactor.ts';
import { charactersRead } from '../../support/regular-expressions.ts';

const redactor = createRedactor(defaultRedactionOptions);
const redact = (text: string, options: Partial<RedactionOptions> = {}): string =>
  createRedactor({ ...defaultRedactionOptions, ...options }).redactText(text).text;

describe('what the eye does not see', () => {
  test.each([
    ['pass\u200bword=hun\u200dter2', 'password=[REDACTED:password]'],
    ['password=hun\ufe0fter2', 'password=[REDACTED:password]'],
    ['пар\u200dоль=hunter2', 'пароль=[REDACTED:password]'],
  ])('%j is read as a person reads it', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each(['✔️ done ⚡️ fast', '👩‍🚒 on duty, 1️⃣ of 2️⃣', 'می‌خواهم', 'क्‍ष'])(
    '%s keeps what belongs to it',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe('what stays, because real texts say it', () => {
  test.each([
    'PASS test/enrich/redact/redactor.test.ts',
    'the function is identified by its name and dispatched',
    'a header identified by `name` is set',
    'reads in the username and password from STDIN.',
    'nerdctl run -d --name nginx -p 8080:80 -p 127.0.0.1:53:53/udp nginx:alpine',
    'if _matchKey_ is a key of _matchObj_ then',
    'pkg encoding/xml, func NewTokenDecoder(TokenReader) *Decoder',
    '    password = getpass.getpass("Password: ")',
    '.filter((token) => token.kind === "option")',
    'Restored cache from key: v2-deps-linux-0123456789abcdef0123456789abcdef',
  ])('%s', (line) => {
    expect(redact(line)).toBe(line);
  });
});

describe('encoded text', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  test('is masked when a secret is in it, and only then', () => {
    expect(redact(`data: ${base64('db:\n  password: hunter2\n')}`)).toBe('data: [REDACTED:encoded-secret]');
    expect(redact(`hex ${Buffer.from('password=hunter2').toString('hex')}`)).toBe(
      'hex [REDACTED:encoded-secret]',
    );
    const ordinary = `data: ${base64('order 4711 was accepted at noon')}`;
    expect(redact(ordinary)).toBe(ordinary);
  });
});

describe('a table', () => {
  test('has its secret columns masked, as long as the rows go', () => {
    expect(redact('name,api_key,role\nbob,plain,"a"\neve,"x y",b\nthe end')).toBe(
      'name,api_key,role\nbob,[REDACTED:column],"a"\neve,"[REDACTED:column]",b\nthe end',
    );
    expect(redact(' id | token \n----+-------\n  1 | plain')).toBe(
      ' id | token \n----+-------\n  1 | [REDACTED:column]',
    );
  });

  test('is none when a sentence has commas', () => {
    const text = 'password, user\nplease, try again';
    expect(redact(text)).toBe(text);
  });
});

describe('SQL', () => {
  test('is masked by the columns of its values', () => {
    expect(
      redact("INSERT INTO u (id, name, password) VALUES (1, 'it''s', 'plain'), (f(2, 3), 'b', N'y')"),
    ).toBe(
      "INSERT INTO u (id, name, password) VALUES (1, 'it''s', '[REDACTED:password]'), (f(2, 3), 'b', N'[REDACTED:password]')",
    );
  });
});

describe('one line', () => {
  // What stands before and after; values are plain words, so that only their place makes them secrets.
  test.each([
    ['DB_PASSWORD=hunter2', 'DB_PASSWORD=[REDACTED:password]'],
    ['  password: correct horse battery 42', '  password: [REDACTED:password]'],
    ['  password: too short to be used', '  password: too short to be used'],
    ['{"password": "plain"}', '{"password": "[REDACTED:password]"}'],
    ['{"log":"{\\"password\\":\\"plain\\"}"}', '{"log":"{\\"password\\":\\"[REDACTED:password]\\"}"}'],
    ['<password>plain</password>', '<password>[REDACTED:password]</password>'],
    ['app --password plain --port 1', 'app --password [REDACTED:password] --port 1'],
    ["{'a': b'x', 'password': b'plain'}", "{'a': b'x', 'password': b'[REDACTED:password]'}"],
    ['x;Password=with blank;y=1', 'x;Password=[REDACTED:password];y=1'],
    ['redis://:plain@cache:6379/0', 'redis://:[REDACTED:url-password]@cache:6379/0'],
    ['postgres://u:pa/ss@db/app', 'postgres://u:[REDACTED:url-password]@db/app'],
    ['curl -u bob:plain https://x', 'curl -u bob:[REDACTED:command-line] https://x'],
    ['Cookie: a=b; c=d', 'Cookie: [REDACTED:cookie]'],
    ['key_material: 3f2a9c1be07d4456a1b2c3d4e5f60718', 'key_material: [REDACTED:secret]'],
    ['{"keyMaterial":"q7Zt0PpLx9"}', '{"keyMaterial":"[REDACTED:secret]"}'],
    ['license_bytes=ab12cd34ef56ab78', 'license_bytes=[REDACTED:secret]'],
    [
      '{amqp_params_network,<<"guest">>,<<"my secret pw9">>,1}',
      '{amqp_params_network,<<"guest">>,<<"[REDACTED:password]">>,1}',
    ],
    ['joe@example.com:xK9/3fQz7LmP', '[REDACTED:email]:[REDACTED:url-password]'],
    ['to bob@example.com now', 'to [REDACTED:email] now'],
    ['card 4111 1111 1111 1111.', 'card [REDACTED:card].'],
  ])('%s', (line, expected) => {
    expect(redact(line)).toBe(expected);
  });

  test.each([
    'password authentication failed for user "app"',
    'DB_PASSWORD=${DB_PASSWORD}',
    'password=*** user=app',
    'secret "db-creds" not found',
    'image@sha256:0123456789abcdef',
    'user@1000.service started',
    'invalid token: signature is invalid',
    '    password = os.environ["DB_PASSWORD"]',
    'card 4111 1111 1111 1112 fails the check digit',
    'Checking admin password...FAIL',
    'Resetting password...done',
    'Requesting access token...received',
    'brokers: &{broker-0 KafkaBroker1 9092 true}',
    'connection: &{1 TLSv1.3 h2 true}',
    'invalid integer value "1500msec" for connection option "connect_timeout"',
    'password_bytes=72',
    'token_bytes=15.2MiB',
    'git clone git@host.example.com:group/name.git',
    'image:api:build1234@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
    '{auth_mechanism,"PLAIN","AMQPLAIN"}',
  ])('leaves %s', (line) => {
    expect(redact(line)).toBe(line);
  });

  test('withholds the word that stands near a word for a secret, unless that is switched off', () => {
    const line = `retry with the access token ${'a1B2'.repeat(6)} later`;
    expect(redact(line)).toBe('retry with the access token [REDACTED:nearby] later');
    expect(redact(line, { withhold: false })).toBe(line);
  });

  test('masks a token that is shown but for its end', () => {
    const shown = 'AbC1dEf2GhI3jKl4MnO5pQr6';
    expect(redact(`login failed: invalid token ${shown}********`)).not.toContain(shown);
  });

  test('is read as a person reads it: colours, zero-width and direction characters hide nothing', () => {
    expect(redact('\u001b[31mpass\u200bword\u001b[0m=hunter2\r')).toBe('password=[REDACTED:password]');
    expect(redact('safe\u202etxt\u{e0041} \u0007end')).toBe('safetxt end');
  });

  test('is cut at the limit, and never in the middle of a word', () => {
    const cut = redact(`start ${'x'.repeat(80)} ${'y'.repeat(80)}`, { maxLineLength: 120 });
    expect(cut).toBe(`start ${'x'.repeat(80)} …[line cut]`);
  });
});

describe('exact values', () => {
  const value = 'Tr0ub4dor&3/x';

  test('are masked in every encoding, longest first', () => {
    const forms = [value, encodeURIComponent(value), btoa(`bob:${value}`).slice(4), JSON.stringify(value)];
    const { text, counts } = redactor.redactText(forms.join('\n'), [value, value.slice(0, 6)]);
    expect(forms.filter((form) => text.includes(form))).toEqual([]);
    expect(counts.get('exact-value')).toBe(4);
  });

  test('shorter than six characters are ignored', () => {
    expect(redactor.redactText('root is root', ['root']).text).toBe('root is root');
  });

  test('of the options hold for every call', () => {
    expect(redact('x canary-value y', { exactValues: ['canary-value'] })).toBe('x [REDACTED:exact-value] y');
  });
});

describe('private keys', () => {
  const body = ['A', 'B', 'C'].map((char) => char.repeat(64));
  const begin = '-----BEGIN RSA PRIVATE KEY-----';
  const end = '-----END RSA PRIVATE KEY-----';
  const marker = '[REDACTED:private-key]';

  test.each([
    ['whole', [begin, ...body, 'Cg==', end, 'after'], [...Array.from({ length: 6 }, () => marker), 'after']],
    [
      'without its end',
      ['before', begin, ...body, 'after this'],
      ['before', ...Array.from({ length: 4 }, () => marker), 'after this'],
    ],
    [
      'without its begin',
      ['before this', ...body, 'Cg==', end],
      ['before this', ...Array.from({ length: 5 }, () => marker)],
    ],
    ['on one line', [`a "${begin}\\n${body.join('\\n')}\\n${end}" b`], [`a "${marker}" b`]],
    [
      'behind a prefix',
      [begin, ...body, 'Cg==', end].map((line) => `10:00 ${line}`),
      Array.from({ length: 6 }, () => `10:00 ${marker}`),
    ],
  ])('%s', (_name, lines, expected) => {
    expect(redact(lines.join('\n')).split('\n')).toEqual(expected);
  });

  test('certificates and public keys are left alone', () => {
    const certificate = ['-----BEGIN CERTIFICATE-----', ...body, '-----END CERTIFICATE-----'].join('\n');
    expect(redact(certificate)).toBe(certificate);
  });
});

describe('a JSON-like value', () => {
  test('is redacted in every string, key and place', () => {
    const { value, counts } = redactor.redactValue({
      message: 'DB_PASSWORD=hunter2',
      dbPassword: 'plain',
      pin: 1234,
      count: 3,
      env: [{ name: 'API_TOKEN', value: 'abcd1234' }],
      secretName: 'wildcard-tls',
      imagePullSecrets: [{ name: 'regcred' }],
      'bob@example.com': true,
    });
    expect(value).toEqual({
      message: 'DB_PASSWORD=[REDACTED:password]',
      dbPassword: '[REDACTED:password]',
      pin: '[REDACTED:code]',
      count: 3,
      env: [{ name: 'API_TOKEN', value: '[REDACTED:secret]' }],
      secretName: 'wildcard-tls',
      imagePullSecrets: [{ name: 'regcred' }],
      '[REDACTED:email]': true,
    });
    expect(Object.fromEntries(counts)).toEqual({ password: 2, code: 1, secret: 1, email: 1 });
  });

  test('may be hostile: prototypes, depth and cycles do no harm', () => {
    const hostile = JSON.parse('{"__proto__":{"password":"plain1"}}') as object;
    const { value } = redactor.redactValue(hostile);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"password":"[REDACTED:password]"}}');
    const cyclic: Record<string, unknown> = {};
    cyclic['again'] = cyclic;
    expect(JSON.stringify(redactor.redactValue(cyclic).value)).toContain('[value withheld: too large]');
  });
});

describe('bounds', () => {
  test('a text that is too long is cut, and says so', () => {
    const text = redact('0123456789\n'.repeat(100), { maxTextLength: 100 });
    expect(text.length).toBeLessThanOrEqual(100);
    expect(text.endsWith(`\n${textCutNote}`)).toBe(true);
  });

  test('redactLine makes one line', () => {
    expect(redactor.redactLine('one\ntwo password=hunter2').text).toBe(
      'one two password=[REDACTED:password]',
    );
  });
});

describe('personal data', () => {
  const all = { email: true, card: true, iban: true, ip: true, phone: true, ssn: true };

  test.each([
    ['iban', 'to DE89 3704 0044 0532 0130 00', 'to [REDACTED:iban]'],
    ['ip', 'from 10.1.2.3:8080', 'from [REDACTED:ip]:8080'],
    ['phone', 'call +46 70 123 45 67', 'call [REDACTED:phone]'],
    ['ssn', 'ssn 123-45-6789', 'ssn [REDACTED:ssn]'],
  ])('%s is masked when switched on', (_rule, line, expected) => {
    expect(redact(line, { pii: all })).toBe(expected);
    expect(redact(line)).toBe(line);
  });
});

describe('a line that repeats', () => {
  const line = 'level=error msg="login of svc-orders refused" password=k7Lw2Qz9 attempt=3 host=db-0.shop.svc';

  // What a line says of those below it is asked of each.
  test('is read by the rules for one line once', () => {
    const once = charactersRead(() => redact(line));
    expect(charactersRead(() => redact(Array(64).fill(line).join('\n')))).toBeLessThan((64 / 3) * once);
  });

  test('is counted each time', () => {
    const { text, counts } = createRedactor(defaultRedactionOptions).redactText(
      [line, line, line].join('\n'),
    );
    expect(text.match(/\[REDACTED:password\]/g)).toHaveLength(3);
    expect(counts).toEqual(new Map([['password', 3]]));
  });

  test('is not read at all where it came through as it was, as keys and names do', () => {
    const own = createRedactor(defaultRedactionOptions);
    const read = (): number => charactersRead(() => own.redactText('terminationGracePeriodSeconds'));
    expect(read()).toBeGreaterThan(0);
    expect(read()).toBe(0);
  });

  test('is struck of an exact value that came to be known later', () => {
    const own = createRedactor(defaultRedactionOptions);
    expect(own.redactText('started with meadowbrook').text).toBe('started with meadowbrook');
    expect(own.redactText('started with meadowbrook', ['meadowbrook']).text).toBe(
      'started with [REDACTED:exact-value]',
    );
    expect(own.redactText('started with meadowbrook').text).toBe('started with meadowbrook');
  });
});
