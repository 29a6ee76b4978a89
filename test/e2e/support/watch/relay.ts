import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP relay in front of an API server, which breaks connections in the ways that networks do. */
export interface Relay {
  readonly port: number;
  /** All that is connected now stays so, but every byte of it vanishes. New connections work. */
  swallow(): void;
  /** Resets what is connected now; refuses, by reset, what comes until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  isDeaf: boolean;
}

export interface RelayEnds {
  /** Address to listen on; default loopback. */
  readonly listenOn?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  readonly targetHost: string;
  readonly targetPort: number;
}

/** Starts it. */
export async function startRelay(ends: RelayEnds): Promise<Relay> {
  const links = new Set<Link>();
  let isOpen = true;
  const server = createServer((near) => {
    if (isOpen) join(links, near, connect(ends.targetPort, ends.targetHost));
    else near.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(ends.port ?? 0, ends.listenOn ?? '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { near, far } of links) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => {
      for (const link of links) link.isDeaf = true;
    },
    refuse: () => {
      isOpen = false;
      cut();
    },
    accept: () => {
      isOpen = true;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(links: Set<Link>, near: Socket, far: Socket): void {
  const link: Link = { near, far, isDeaf: false };
  links.add(link);
  const carry = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (!link.isDeaf) to.write(bytes);
    });
    from.on('error', () => undefined);
    from.once('close', () => {
      links.delete(link);
      if (!link.isDeaf) to.destroy();
    });
  };
  carry(near, far);
  carry(far, near);
}
