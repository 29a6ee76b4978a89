import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Lane } from './types.ts';
import type { TlsMaterial } from './credentials.ts';

/** Idle time before the kernel probes a connection. Node probes 10 times, 1 s apart: a dead link is found after 25 s. */
export const TCP_KEEPALIVE_MS = 15_000;

/**
 * Keep-alive agents, one for each lane that shares connections. They are replaced when the TLS material changes: a rotated CA must not be
 * answered from an old connection.
 */
export class Lanes {
  readonly #isSecure: boolean;
  #agents = new Map<Lane, HttpAgent>();
  #tls: TlsMaterial | undefined;

  constructor(isSecure: boolean) {
    this.#isSecure = isSecure;
  }

  /** `false` asks Node for a connection of its own. */
  agentFor(lane: Lane, tls: TlsMaterial): HttpAgent | false {
    if (tls !== this.#tls) this.close();
    this.#tls = tls;
    if (lane === 'own') return false;
    const known = this.#agents.get(lane);
    if (known !== undefined) return known;
    const options = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS };
    const agent = this.#isSecure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#agents.set(lane, agent);
    return agent;
  }

  /** Lets go of idle connections. Requests under way may end; nothing is kept after them. */
  close(): void {
    for (const agent of this.#agents.values()) {
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => socket.destroy());
    }
    this.#agents = new Map();
  }
}
