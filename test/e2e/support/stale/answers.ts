import type { ServerResponse } from 'node:http';

/** Where the bytes of an answer go. */
export interface Sink {
  readonly write: (chunk: Buffer) => void;
  readonly end: () => void;
}

const TICK_MS = 100;

/** Hands an answer on at a rate at which a long list takes minutes; it is asked for with every piece. */
export function trickleInto(response: ServerResponse, bytesPerSecond: () => number): Sink {
  let waiting = Buffer.alloc(0);
  let isOver = false;
  const timer = setInterval(() => {
    const step = Math.max(1, Math.round((bytesPerSecond() * TICK_MS) / 1_000));
    response.write(waiting.subarray(0, step));
    waiting = waiting.subarray(step);
    if (isOver && waiting.length === 0) response.end();
  }, TICK_MS);
  response.once('close', () => clearInterval(timer));
  return {
    write: (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
    },
    end: () => {
      isOver = true;
    },
  };
}

/** Hands a list on, whole, with a text where the metadata of the objects should be whose names begin so. */
export function garbleObjects(response: ServerResponse, beginning: string): Sink {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => void chunks.push(chunk),
    end: () => {
      const list = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly items?: { metadata: { readonly name: string } | string }[];
      };
      for (const item of list.items ?? [])
        if (typeof item.metadata === 'object' && item.metadata.name.startsWith(beginning))
          item.metadata = 'damaged';
      response.end(JSON.stringify(list));
    },
  };
}
