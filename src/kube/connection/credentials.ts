import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import { KubeConnectionError } from './errors.ts';
import type { KubeSource } from './types.ts';

/** What the TLS layer needs. The same object is handed out until its content changes. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What to send with a request at this moment. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** Keeps a source's credentials current. */
export interface Credentials {
  readonly server: URL;
  readonly namespace: string | undefined;
  /** Cheap: files are read again only when what was read is old. Throws `KubeConnectionError` when there is nothing to use. */
  access(): Promise<Access>;
  /** The server refused what it was given: read everything again next time. */
  refresh(): void;
}

/** How long what was read from a file is used; client-go reads each 60 s with 10 s of leeway (transport/token_source.go). */
export const REREAD_AFTER_MS = 50_000;

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of the pod we run in. Throws when the process is not in a pod. */
export async function inClusterCredentials(
  source: Extract<KubeSource, { kind: 'in-cluster' }>,
  clock: Clock,
): Promise<Credentials> {
  const folder = source.directory ?? SERVICE_ACCOUNT;
  const namespace = await new CachedFile(join(folder, 'namespace'), clock).read();
  return new ServiceAccount(serverFrom(source.environment ?? process.env), namespace, { folder, clock });
}

class ServiceAccount implements Credentials {
  readonly server: URL;
  readonly namespace: string | undefined;
  readonly #token: CachedFile;
  readonly #ca: CachedFile;
  #tls: TlsMaterial = {};

  constructor(server: URL, namespace: string | undefined, files: { folder: string; clock: Clock }) {
    this.server = server;
    this.namespace = namespace;
    this.#token = new CachedFile(join(files.folder, 'token'), files.clock);
    this.#ca = new CachedFile(join(files.folder, 'ca.crt'), files.clock);
  }

  async access(): Promise<Access> {
    const [token, ca] = await Promise.all([this.#token.read(), this.#ca.read()]);
    if (token === undefined) {
      throw new KubeConnectionError('service account', 'CREDENTIALS', 'its token cannot be read');
    }
    if (ca !== undefined && ca !== this.#tls.ca) this.#tls = { ca };
    return { headers: { authorization: `Bearer ${token}` }, tls: this.#tls };
  }

  refresh(): void {
    this.#token.refresh();
    this.#ca.refresh();
  }
}

/**
 * A small file that somebody else rewrites: a service-account token or a CA bundle. It is read again when what is known is old: that works for
 * every kind of volume and needs no watcher.
 */
class CachedFile {
  readonly #path: string;
  readonly #clock: Clock;
  #content: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Its content, trimmed, at most 50 s old; the last good content when it cannot be read now. Undefined when it never could. */
  async read(): Promise<string | undefined> {
    const startedAt = this.#clock.monotonic();
    if (startedAt - this.#readAt <= REREAD_AFTER_MS) return this.#content;
    const content = (await readFile(this.#path, 'utf8').catch(() => '')).trim();
    // A missing or empty file is a volume in the middle of its rotation: keep what worked, and read again next time.
    if (content === '') return this.#content;
    this.#content = content;
    this.#readAt = startedAt;
    return content;
  }

  /** It is read again at the next call, however young. */
  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}

function serverFrom(environment: Readonly<Record<string, string | undefined>>): URL {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '') throw new TypeError('KUBERNETES_SERVICE_HOST is not set: this is no pod of a cluster');
  return new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
}
