import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Registry } from 'prom-client';

/** A check of health: undefined when all is well, else what is wrong. */
export type HealthCheck = () => string | undefined;

export interface TelemetryServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** Brings metrics up to date that are read, not counted. */
  readonly beforeScrape: () => void | Promise<void>;
  /** The process makes progress. Fails only when a restart would help. */
  readonly live: HealthCheck;
  /** Watches are synced and the configuration works. Standby replicas are ready as well. */
  readonly ready: HealthCheck;
  /** What a ready process does without: lines after `ok`. */
  readonly remarks?: () => readonly string[];
}

export interface TelemetryServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves `/livez`, `/readyz` and `/metrics`; nothing else, and nothing that changes anything. */
export async function startTelemetryServer(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => send(response, 500, 'internal error\n'));
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(addressOf(options), resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Where to listen. Without a host Node listens on `::`, and on `0.0.0.0` where the machine has no IPv6 (documentation of `server.listen`);
 * with the host `::` it would end there.
 */
export function addressOf({ host, port }: Pick<TelemetryServerOptions, 'host' | 'port'>): ListenOptions {
  return host === '::' ? { port } : { host, port };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: TelemetryServerOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET\n');
  switch (request.url?.split('?')[0] ?? '') {
    case '/livez':
      return health(response, options.live());
    case '/readyz':
      return health(response, options.ready(), options.remarks?.());
    case '/metrics':
      return metrics(response, options);
    default:
      return send(response, 404, 'see /livez, /readyz, /metrics\n');
  }
}

async function metrics(response: ServerResponse, options: TelemetryServerOptions): Promise<void> {
  await options.beforeScrape();
  const text = await options.registry.metrics();
  response.setHeader('content-type', options.registry.contentType);
  response.end(text);
}

function health(
  response: ServerResponse,
  problem: string | undefined,
  remarks: readonly string[] = [],
): void {
  if (problem !== undefined) return send(response, 503, `${problem}\n`);
  send(response, 200, ['ok', ...remarks, ''].join('\n'));
}

function send(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(text);
}
