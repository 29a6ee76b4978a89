import type { IncomingMessage, RequestListener } from 'node:http';

/** What a server says of a request: everything it was sent, in the forms in which servers quote it. */
async function echoOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { authorization = '' } = request.headers;
  return [
    `you sent ${authorization}`,
    `headers ${JSON.stringify(request.headers)}`,
    `token=${encodeURIComponent(authorization)}`,
    `\u001b[31m${authorization}\u001b[0m\nnext line ${authorization}`,
    Buffer.concat(chunks).toString(),
  ].join('; ');
}

/** How an answer is worded: `words` go before the echo, so that a limit on length can cut it anywhere. */
export interface EchoOptions {
  readonly status: number;
  readonly words?: string;
  readonly toBody: (echo: string) => unknown;
}

/** A server that refuses everything, and says back all it was told. */
export function echoing({ status, words = '', toBody }: EchoOptions): RequestListener {
  return (request, response) => {
    void echoOf(request).then((echo) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-echo': 'yes' });
      response.end(JSON.stringify(toBody(words + echo)));
    });
  };
}
