import { performance } from 'node:perf_hooks';

/** Tells a person what is being done and how long it took. */
export interface Progress {
  /** Runs one step and writes one line when it has ended: time since the start, title, time of the step. */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** Writes one line at once. */
  say(text: string): void;
}

/** A long step writes a line with its latest note this often, so that nobody takes it for dead. */
const heartbeatMs = 20_000;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Progress as lines; `write` receives each line without its line break. */
export function createProgress(write: (line: string) => void): Progress {
  const startedAt = performance.now();
  const say = (text: string): void => write(`${seconds(performance.now() - startedAt).padStart(8)}  ${text}`);

  async function step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const stepStartedAt = performance.now();
    let latest = '';
    const heartbeat = setInterval(() => {
      const detail = latest === '' ? '' : `: ${latest}`;
      say(`… ${title}${detail}`);
    }, heartbeatMs);
    try {
      const result = await work((text) => {
        latest = text;
      });
      say(`${title} (${seconds(performance.now() - stepStartedAt)})`);
      return result;
    } catch (error) {
      say(`${title} FAILED (${seconds(performance.now() - stepStartedAt)})`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  return { step, say };
}

/** Progress on standard error, so that standard output stays free for a command's own result. */
export function createTerminalProgress(): Progress {
  return createProgress((line) => process.stderr.write(`${line}\n`));
}

/** Progress that nobody reads. */
export const silentProgress: Progress = { step: (_title, work) => work(() => {}), say: () => {} };
