import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { aNode } from '../../src/sandbox/node-objects.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Certificates } from '../../test/tickets/api/certificates.ts';
import { createTrace, type Trace } from './trace.ts';
import { NAMESPACE } from './workload.ts';

/** Where a subject finds its servers; both speak TLS. */
export interface Addresses {
  readonly kubernetes: string;
  readonly desk: string;
  /** For both. */
  readonly token: string;
  readonly ca: string;
}

/** The servers of one subject. */
export interface ServerSide {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  readonly addresses: Addresses;
  readonly trace: Trace;
  readonly close: () => Promise<void>;
}

/** The agent's own namespace. */
export const AGENT_NAMESPACE = 'ankra-support-agent';
const TOKEN = 'token-of-the-bench-for-both-servers';

/** Starts a Kubernetes API and a ticket desk in this process. */
export async function startServerSide(certificates: Certificates): Promise<ServerSide> {
  const authority = certificates.authority('bench');
  const tls = authority.issue(['IP:127.0.0.1']);
  const sandbox = await createSandbox({ token: TOKEN, tls });
  for (const name of [AGENT_NAMESPACE, NAMESPACE]) sandbox.objects.apply(aNamespace(name));
  sandbox.objects.apply(aNode('node-1', Date.now()));
  const tokens = [{ token: TOKEN, label: 'bench' }];
  // What is measured is the agent at its own speed.
  const limits = { connections: 1_024, requestsPerSecond: Infinity, burst: Infinity };
  const desk = await createDesk({ file: ':memory:', tokens, tls, host: '127.0.0.1', port: 0, limits });
  const trace = createTrace([Number(new URL(sandbox.url).port), desk.port]);
  return {
    sandbox,
    desk,
    trace,
    addresses: { kubernetes: sandbox.url, desk: desk.url, token: TOKEN, ca: authority.pem },
    close: async () => {
      trace.end();
      await desk.close();
      await sandbox.close();
    },
  };
}
