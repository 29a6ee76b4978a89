import { readdir, readFile } from 'node:fs/promises';

const PROGRAM = '/app/ankra-support-agent.mjs';

/** The agent's process of one pod, as this machine sees it: the test node runs its containers here. */
export async function agentProcess(podName: string): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes(PROGRAM)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`POD_NAME=${podName}`)) return pid;
  }
  return undefined;
}
