import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Lane } from './types.ts';
import type { TlsMaterial } from './credentials.ts';

/** Idle time before the kernel probes a connection. Node probes 10 times, 1 s apart: a dead link is found after 25 s. */
export const TCP_KEEPALIVE_MS = 15_000;

/** Keep-alive agents, one for each lane that shares connections. */
export interface Lanes {
  /** `false` asks Node for a connection of its own. */
  agentFor(lane: Lane, tls: TlsMaterial): HttpAgent | false;
  close(): void;
}

/** Agents are replaced when the TLS material changes: a rotated CA must not be answered from an old connection. */
export function createLanes(secure: boolean): Lanes {
  let agents = new Map<Lane, HttpAgent>();
  let trusted: TlsMaterial | undefined;

  function retire(): void {
    for (const agent of agents.values()) {
      // Requests under way may end; nothing is kept after them.
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => socket.destroy());
    }
    agents = new Map();
  }

  function agentFor(lane: Lane, tls: TlsMaterial): HttpAgent | false {
    if (tls !== trusted) retire();
    trusted = tls;
    if (lane === 'own') return false;
    const known = agents.get(lane);
    if (known !== undefined) return known;
    const options = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS };
    const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
    agents.set(lane, agent);
    return agent;
  }

  return { agentFor, close: retire };
}
