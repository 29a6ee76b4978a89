import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ensurePackages, silentProgress } from '../../cluster/index.ts';
import { freePort } from '../../support/free-port.ts';

/** One series of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of our own that asks one target every second. */
export interface Prometheus {
  /** The value of an expression now. Throws what Prometheus says of it. */
  readonly query: (expression: string) => Promise<readonly Series[]>;
  readonly stop: () => Promise<void>;
}

/** Starts Debian's Prometheus on loopback; installs it where it is not there, and throws in plain words where that cannot be. */
export async function startPrometheus(
  target: string,
  labels: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  await ensurePackages(silentProgress, [{ name: 'prometheus', file: '/usr/bin/prometheus' }]);
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'agent', static_configs: [{ targets: [target], labels }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return {
    query: (expression) => query(address, expression),
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true });
    },
  };
}

async function query(address: string, expression: string): Promise<readonly Series[]> {
  const body = new URLSearchParams({ query: expression });
  const response = await fetch(`http://${address}/api/v1/query`, { method: 'POST', body });
  const answer = (await response.json()) as {
    readonly error?: string;
    readonly data?: {
      readonly result: readonly { readonly metric: Series['metric']; readonly value: [number, string] }[];
    };
  };
  if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
