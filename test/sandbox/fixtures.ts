import { afterEach } from '@jest/globals';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createClient, type Client } from '../contract/kubernetes-client.ts';

const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** A sandbox and a client of it; both are closed after the test. */
export async function openSandbox(
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; client: Client }> {
  const sandbox = await createSandbox(options);
  const { token } = options;
  const client = createClient({ url: sandbox.url, ...(token === undefined ? {} : { token }) });
  opened.push(async () => {
    client.close();
    await sandbox.close();
  });
  return { sandbox, client };
}
