import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig, parseConfig } from '../../src/config/load.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';

const UUID = '3f2b8c1e-0d4a-4c5b-9e6f-7a8b9c0d1e2f';

function problemsOf(value: unknown): readonly string[] {
  try {
    parseConfig(value, 'test');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  test('may be empty', () => {
    expect(parseConfig({}, 'test')).toMatchObject({
      ticketApi: { url: 'https://platform.ankra.app', timeout: 20 * SECOND },
      mode: 'file',
      groupWait: 10 * SECOND,
      resolveAfter: 10 * MINUTE,
    });
  });

  test('has durations in words, read as milliseconds', () => {
    const { groupWait, resolveAfter, classes, incidents, ticketApi } = parseConfig(
      {
        groupWait: '90s',
        resolveAfter: '1d',
        classes: { image: { for: '2h' } },
        incidents: { keepRecovered: '36h' },
        ticketApi: { lookupDelay: '500ms' },
      },
      'test',
    );
    const read = [
      groupWait,
      resolveAfter,
      classes.image?.for,
      incidents.keepRecovered,
      ticketApi.lookupDelay,
    ];
    expect(read).toEqual([90 * SECOND, DAY, 2 * HOUR, 36 * HOUR, 500]);
  });

  test.each([
    ['a duration without a unit', { groupWait: '10' }, 'groupWait: write a number and a unit'],
    ['a duration of two units', { groupWait: '1h30m' }, 'groupWait: write a number and a unit'],
    ['a duration that is a number', { groupWait: 10 }, 'groupWait: '],
    ['a duration beyond its limit', { groupWait: '6m' }, 'groupWait: must be between 0s and 5m'],
    ['a misspelt field', { setle: '1s' }, 'the configuration: unknown "setle"; check the spelling'],
    ['an old name', { settle: '1s' }, 'the configuration: unknown "settle"; it is called "groupWait"'],
    [
      'an old name of a group',
      { recovery: { quiet: '1s' } },
      'the configuration: unknown "recovery"; it is called "resolveAfter"',
    ],
    [
      'an old name within a class',
      { classes: { probe: { hold: '1s' } } },
      'classes.probe: unknown "hold"; it is called "for"',
    ],
    ['a choice that is none', { mode: 3 }, 'mode: must be file or observe'],
    [
      'a choice that is missing',
      { severity: [{}] },
      'severity[0].severity: is missing; write low, medium, high or critical',
    ],
    [
      'a number for a name',
      { clusterName: 5 },
      'clusterName: must be a string, and is a number: put it into quotes',
    ],
    ['a word for a number', { http: { port: 'x' } }, 'http.port: must be a number, and is a string'],
    ['a number that is too large', { http: { port: 99_999 } }, 'http.port: must be at most 65535'],
    [
      'a word for yes or no',
      { manual: { enabled: 'yes' } },
      'manual.enabled: must be true or false, and is a string',
    ],
    [
      'a name for a list',
      { watch: { includeNamespaces: 'shop' } },
      'watch.includeNamespaces: must be a list, and is a string',
    ],
    [
      'a time without a unit',
      { groupWait: 5 },
      'groupWait: write a number and a unit: 500ms, 30s, 10m, 2h or 7d',
    ],
    ['a misspelt field within another', { logs: { linse: 3 } }, 'logs: unknown "linse"'],
    [
      'a namespace pattern that no name can fit',
      { watch: { excludeNamespaces: ['Team-*'] } },
      'watch.excludeNamespaces[0]: is neither a namespace name nor a pattern',
    ],
    [
      'a pattern where names are needed',
      { watch: { namespaces: ['team-*'] }, clusterId: UUID },
      'watch.namespaces[0]: is not a namespace name: lower-case letters, digits and "-"; a pattern goes into',
    ],
    [
      'a selector in one line',
      { watch: { workloadSelector: 'team=payments' } },
      'watch.workloadSelector: is not a label selector: write matchLabels and matchExpressions',
    ],
    [
      'a selector of labels alone',
      { watch: { workloadSelector: { team: 'payments' } } },
      'watch.workloadSelector: unknown "team"; check the spelling',
    ],
    [
      'an operator that does not exist',
      { watch: { workloadSelector: { matchExpressions: [{ key: 'team', operator: 'in' }] } } },
      'watch.workloadSelector.matchExpressions[0].operator: must be In, NotIn, Exists or DoesNotExist',
    ],
    [
      'an operator without its values',
      { watch: { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In' }] } } },
      'watch.namespaceSelector.matchExpressions[0].values: must name values with In and NotIn',
    ],
    [
      'an operator with values it does not take',
      {
        watch: { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
      },
      'watch.namespaceSelector.matchExpressions[0].values: must name values with In and NotIn',
    ],
    [
      'a key that is no label',
      { watch: { namespaceSelector: { matchExpressions: [{ key: 'a b', operator: 'Exists' }] } } },
      'watch.namespaceSelector.matchExpressions[0].key: is not a key of a label',
    ],
    [
      'a key of matchLabels that is no label',
      { watch: { namespaceSelector: { matchLabels: { 'a b': 'c' } } } },
      'watch.namespaceSelector.matchLabels["a b"]: is not a key of a label',
    ],
    [
      'a value that YAML reads as another type',
      { watch: { namespaceSelector: { matchLabels: { watched: true } } } },
      'watch.namespaceSelector.matchLabels.watched: is not a value of a label: write a string; quote true',
    ],
    [
      'a selector of namespaces whose labels cannot be read',
      { watch: { namespaces: ['shop'], namespaceSelector: {} }, clusterId: UUID },
      'watch.namespaceSelector: cannot be used with watch.namespaces',
    ],
    ['a class that does not exist', { classes: { crsh: {} } }, 'classes: unknown "crsh"; check the spelling'],
    ['the class of requests', { classes: { manual: {} } }, 'classes: unknown "manual"; check the spelling'],
    [
      'an address without TLS',
      { ticketApi: { url: 'http://example.com' } },
      'ticketApi.url: must begin with https://',
    ],
    [
      'an address with a password',
      { ticketApi: { url: 'https://u:p@example.com' } },
      'ticketApi.url: must not carry credentials',
    ],
    ['no address', { ticketApi: { url: 'example' } }, 'ticketApi.url: is not a URL'],
    [
      'a lease that is too short',
      { lease: { duration: '10s' } },
      'lease.duration: must be longer than renewDeadline',
    ],
    [
      'a deadline that is too short',
      { lease: { renewDeadline: '6s' } },
      'lease.renewDeadline: must be longer than 1.2 times',
    ],
    ['a cluster id that is no UUID', { clusterId: 'prod' }, 'clusterId: '],
    [
      'namespaces without a cluster id',
      { watch: { namespaces: ['shop'] } },
      'clusterId: must be set where watch.namespaces is',
    ],
    ['something else', [], 'the configuration: '],
  ])('is refused with %s, and the field is named', (_what, value, problem) => {
    const problems = problemsOf(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  test('may select namespaces by pattern and label, and workloads by label', () => {
    const watch = {
      includeNamespaces: ['team-*'],
      excludeNamespaces: ['*-sandbox', 'kube-system'],
      namespaceSelector: { matchLabels: { 'example.org/stage': 'prod', empty: '' } },
      workloadSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] },
    };
    expect(parseConfig({ watch }, 'test').watch).toEqual({ namespaces: [], ...watch });
  });

  test('is refused with all its problems at once', () => {
    const problems = problemsOf({
      mode: 'watch',
      groupWait: 'soon',
      logs: { lines: 0 },
      watch: { namespaces: ['Shop'] },
      nonsense: 1,
    });
    expect(problems).toHaveLength(5);
  });

  test('may name loopback without TLS, and namespaces with a cluster id', () => {
    const url = ['http://127.0.0.1:1', 'http://localhost', 'http://[::1]:1'];
    for (const each of url) expect(problemsOf({ ticketApi: { url: each } })).toEqual([]);
    expect(problemsOf({ clusterId: UUID, watch: { namespaces: ['shop'] } })).toEqual([]);
  });

  test('says in its error where it came from and everything that is wrong', () => {
    const parse = (): unknown => parseConfig({ a: 1, groupWait: 'x' }, 'config.json');
    expect(parse).toThrow(/^configuration of config\.json cannot be used:\n {2}- .*\n {2}- /);
  });
});

describe('a configuration from file and environment', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function load(text: string, env: Record<string, string> = {}) {
    const file = join(folder, 'config.json');
    await writeFile(file, text);
    return loadConfig(file, env);
  }

  test('takes what the environment says before what the file says', async () => {
    const text = JSON.stringify({ mode: 'observe', log: { level: 'debug' }, clusterName: 'file' });
    const config = await load(text, {
      ANKRA_MODE: 'file',
      ANKRA_API_URL: 'https://desk.example.com',
      ANKRA_CLUSTER_ID: UUID,
    });
    expect(config).toMatchObject({
      mode: 'file',
      clusterName: 'file',
      clusterId: UUID,
      log: { level: 'debug' },
      ticketApi: { url: 'https://desk.example.com' },
    });
  });

  test('takes an empty variable for none', async () => {
    const config = await load('{"mode":"observe"}', { ANKRA_MODE: '', ANKRA_CLUSTER_ID: '' });
    expect(config.mode).toBe('observe');
    expect(config.clusterId).toBeUndefined();
  });

  test('needs no file', async () => {
    expect((await loadConfig(undefined, { ANKRA_LOG_LEVEL: 'warn' })).log.level).toBe('warn');
  });

  test('names what is wrong in either', async () => {
    await expect(load('{"groupWait":"x"}', { ANKRA_MODE: 'x' })).rejects.toThrow(
      /mode: .*\n.*groupWait: |groupWait: .*\n.*mode: /,
    );
  });

  test('does not let the environment hide a field of the wrong kind', async () => {
    await expect(load('{"log":"debug"}', { ANKRA_LOG_LEVEL: 'warn' })).rejects.toThrow('log: ');
  });

  test('does not touch what everything inherits from', async () => {
    await expect(load('{"__proto__":{"polluted":1},"groupWait":"x"}')).rejects.toThrow(ConfigError);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('says that the file cannot be read, or is not JSON', async () => {
    await expect(loadConfig(join(folder, 'none.json'), {})).rejects.toThrow(
      /the file cannot be read: ENOENT/,
    );
    await expect(load('{"mode": observe}')).rejects.toThrow(/the file is not JSON/);
    await expect(load('a: s3cret\n  b: "c')).rejects.toThrow(/neither JSON nor YAML at line 1 column/);
    await expect(load('a: s3cret\n  b: "c')).rejects.not.toThrow(/s3cret/);
  });

  test('takes YAML, and an empty file for defaults', async () => {
    expect(await load('# mine\nmode: observe\nwatch:\n  excludeNamespaces: [sandbox]\n')).toMatchObject({
      mode: 'observe',
      watch: { excludeNamespaces: ['sandbox'] },
    });
    expect((await load('')).mode).toBe('file');
  });

  test('takes the values of the chart, as its template would write them', async () => {
    const values = `clusterName: production
clusterId: ''
image: { tag: 1.2.3 }
ticketApi:
  url: https://desk.example.com
  organisationId: ''
  existingSecret: { name: ticket-api, key: token }
  proxy: { url: 'http://proxy:3128', noProxy: [a], existingSecret: { name: '' } }
config:
  mode: observe
  ticketApi: { timeout: 5s }
`;
    expect(await load(values)).toMatchObject({
      clusterName: 'production',
      mode: 'observe',
      ticketApi: {
        url: 'https://desk.example.com',
        timeout: 5 * SECOND,
        proxy: { url: 'http://proxy:3128', noProxy: ['a'] },
      },
    });
  });

  test('blames the variable for what the variable says', async () => {
    await expect(load('{}', { ANKRA_CLUSTER_ID: 'production' })).rejects.toThrow(
      /- ANKRA_CLUSTER_ID \(environment\): clusterId: /,
    );
    await expect(load('{"clusterId":"production"}')).rejects.toThrow(/- clusterId: /);
  });

  test.each([
    ['ANKRA_CLUSTERNAME', 'ANKRA_CLUSTER_NAME'],
    ['ANKRA_API_URI', 'ANKRA_API_URL'],
    ['ankra_mode', 'ANKRA_MODE'],
  ])('names the variable that %s was to be', async (name, meant) => {
    await expect(load('{}', { [name]: 'x' })).rejects.toThrow(
      `${name}: no such variable; it is called ${meant}`,
    );
  });

  test('leaves the variables of others alone', async () => {
    const others = {
      ANKRA_TOKEN: 'of the CLI',
      ANKRA_MODE_SERVICE_HOST: '10.0.0.1',
      ANKRA_API_PORT: 'tcp://x',
    };
    expect((await load('{}', others)).mode).toBe('file');
  });

  test('refuses an address with a query', async () => {
    await expect(load('{"ticketApi":{"url":"https://x.example.com/?a=b"}}')).rejects.toThrow(
      /ticketApi\.url: must not have a query/,
    );
  });

  test.each(['null', '[]', '"observe"', '3'])(
    '%s is no configuration, whatever the environment says',
    async (text) => {
      await expect(load(text, { ANKRA_MODE: 'observe' })).rejects.toThrow(ConfigError);
    },
  );
});

describe('silences', () => {
  const until = '2026-12-24T18:00:00Z';
  const weekly = { days: ['Sat'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' };

  test('are read with their times', () => {
    const { silences } = parseConfig({ silences: [{ reason: 'patching', until, weekly }] }, 'a');
    expect(silences).toEqual([{ reason: 'patching', until: Date.UTC(2026, 11, 24, 18), weekly }]);
  });

  test.each([
    [{ until }, 'silences[0].reason: '],
    [{ reason: 'a' }, 'silences[0].until: must be set where `weekly` is not'],
    [
      { reason: 'a', until: '2026-12-24' },
      'silences[0].until: is not a time with date and zone: write it as',
    ],
    [{ reason: 'a', until: '2026-12-24T18:00:00' }, 'silences[0].until: does not say its time zone'],
    [{ reason: 'a', until, from: until }, 'silences[0].until: must be later than `from`'],
    // A list in one string silenced nothing: caas-team/py-kube-downscaler #79.
    [
      { reason: 'a', until, namespaces: ['argocd, monitoring'] },
      'silences[0].namespaces[0]: is neither a namespace',
    ],
    [{ reason: 'a', until, namespaces: [] }, 'silences[0].namespaces: must name a namespace, or be left out'],
    [{ reason: 'a', until, classes: ['Crash'] }, 'silences[0].classes[0]: '],
    [
      { reason: 'a', weekly: { ...weekly, timeZone: 'CEST+2' } },
      'weekly.timeZone: is not a time zone: write a name',
    ],
    [{ reason: 'a', weekly: { ...weekly, timeZone: undefined } }, 'weekly.timeZone: '],
    [{ reason: 'a', weekly: { ...weekly, days: ['saturday'] } }, 'weekly.days[0]: must be one of Sun, Mon'],
    [{ reason: 'a', weekly: { ...weekly, days: [] } }, 'weekly.days: must name the days'],
    [{ reason: 'a', weekly: { ...weekly, from: '25:00' } }, 'weekly.from: write hours and minutes'],
    [{ reason: 'a', weekly: { ...weekly, to: '22:00' } }, 'weekly.to: must differ from `from`'],
    [
      {
        reason: 'a',
        weekly: {
          days: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
          from: '00:00',
          to: '24:00',
          timeZone: 'UTC',
        },
      },
      'weekly.days: leave no time of the week',
    ],
    [{ reason: 'a', until, matchers: ['x=y'] }, 'silences[0]: unknown "matchers"'],
  ])('that cannot be used name the field and the remedy: %j', (silence, problem) => {
    expect(() => parseConfig({ silences: [silence] }, 'a')).toThrow(problem);
  });
});
