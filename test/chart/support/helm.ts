import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createTerminalProgress } from '../../cluster/progress.ts';
import { clientsBinDir, helm3Program } from '../../cluster/toolchain.ts';

const run = promisify(execFile);

/** A render takes 0.1 s; a minute means that something hangs. */
const HELM_TIMEOUT_MS = 60_000;

/** Root of the repository. */
export const root = resolve(import.meta.dirname, '../../..');
/** Folder of the chart. */
export const chart = join(root, 'charts/ankra-support-agent');

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

let program: Promise<string> | undefined;

/** Path of Helm: the variable `HELM`, else the one on PATH, else the one of the cluster tool, which fetches it once. */
export function helmPath(): Promise<string> {
  program ??= (async () =>
    process.env['HELM'] ?? onPath('helm') ?? join(await clientsBinDir(createTerminalProgress()), 'helm'))();
  return program;
}

/** What a run of Helm has answered. */
export interface HelmAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

let helm3: Promise<string> | undefined;

/** Path of Helm 3: the variable `HELM3`, else the one of the cluster tool. */
export function helm3Path(): Promise<string> {
  helm3 ??= Promise.resolve(process.env['HELM3'] ?? helm3Program(createTerminalProgress()));
  return helm3;
}

/** Runs Helm. A refusal is an answer; only a Helm that cannot be run throws. */
export async function helm(...args: readonly string[]): Promise<HelmAnswer> {
  return runHelm(await helmPath(), args);
}

/** Runs the Helm at this path, as `helm` does. */
export async function runHelm(path: string, args: readonly string[]): Promise<HelmAnswer> {
  try {
    const { stdout, stderr } = await run(path, args, {
      timeout: HELM_TIMEOUT_MS,
      maxBuffer: 16 * 1024 * 1024,
    });
    return { ok: true, stdout, stderr };
  } catch (error) {
    // Only a program that ran and ended has a number as code; `instanceof` does not hold inside of jest.
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { ok: false, stdout, stderr };
  }
}
