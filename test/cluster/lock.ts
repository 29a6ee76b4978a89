import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const pollMs = 100;

/** Listens on an abstract socket: only one process can, and the kernel frees the name however the process ends. */
async function tryTake(socketName: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(socketName, () => resolve(server));
  });
}

/**
 * Runs work while no other process of this machine runs work of the same name (any text).
 * `onWait` is called once if somebody else is at it. A holder that is killed frees the name. Linux only.
 */
export async function withLock<T>(name: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // An abstract name holds at most 107 bytes.
  const socketName = `\0ankra-support-agent-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let server = await tryTake(socketName);
  if (server === undefined) onWait();
  while (server === undefined) {
    await wait(pollMs);
    server = await tryTake(socketName);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
