import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import { KubeconfigError, KubeConnectionError } from './errors.ts';
import type { KubeSource } from './types.ts';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

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
const REREAD_AFTER_MS = 50_000;

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of the pod we run in. Throws when the process is not in a pod. */
async function inClusterCredentials(
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

/** A context of a kubeconfig. Exec plugins and OIDC refresh work, through client-node. Throws when there is no usable cluster in it. */
async function kubeconfigCredentials(
  source: Extract<KubeSource, { kind: 'kubeconfig' }>,
  clock: Clock,
): Promise<Credentials> {
  const config = await load(source);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new TypeError(`the kubeconfig has no cluster for context "${config.currentContext}"`);
  // Its agent is not ours: a proxy would be passed by silently.
  if (cluster.proxyUrl !== undefined) throw new TypeError('a kubeconfig with proxy-url is not supported');

  const namespace = config.getContextObject(config.currentContext)?.namespace;
  return new KubeconfigCredentials(config, { server: new URL(cluster.server), namespace, clock });
}

class KubeconfigCredentials implements Credentials {
  readonly server: URL;
  readonly namespace: string | undefined;
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #access: Access = { headers: {}, tls: {} };
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(config: KubeConfig, at: { server: URL; namespace: string | undefined; clock: Clock }) {
    this.server = at.server;
    this.namespace = at.namespace;
    this.#config = config;
    this.#clock = at.clock;
  }

  async access(): Promise<Access> {
    if (this.#clock.monotonic() - this.#readAt <= REREAD_AFTER_MS) return this.#access;
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options).catch((error: unknown) => {
      // A plugin's own words may be the token.
      throw new KubeConnectionError('kubeconfig', 'CREDENTIALS', `they cannot be had (${nameOf(error)})`);
    });
    this.#access = { headers: headersOf(options), tls: keepIfEqual(this.#access.tls, tlsOf(options)) };
    this.#readAt = this.#clock.monotonic();
    return this.#access;
  }

  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}

async function load(source: Extract<KubeSource, { kind: 'kubeconfig' }>): Promise<KubeConfig> {
  const clientNode = await import('@kubernetes/client-node');
  const config = new clientNode.KubeConfig();
  try {
    if (source.path === undefined) config.loadFromDefault();
    else config.loadFromFile(source.path);
  } catch (error) {
    // The parser quotes the lines around a mistake, and tokens stand there.
    throw new KubeconfigError(
      `the kubeconfig cannot be read: ${source.path ?? 'the default one'} (${nameOf(error)})`,
    );
  }
  if (source.context !== undefined) config.setCurrentContext(source.context);
  return config;
}

/** Code or name of an error: everything else may quote the file. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name);
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

const tlsFields = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const;

function tlsOf(options: RequestOptions): TlsMaterial {
  const given = tlsFields.map((name) => [name, options[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as TlsMaterial;
}

/** The same object as long as its content is the same: connections are kept by it. */
function keepIfEqual(old: TlsMaterial, fresh: TlsMaterial): TlsMaterial {
  return tlsFields.every((name) => String(old[name]) === String(fresh[name])) ? old : fresh;
}

/** Opens a source. Throws when it is incomplete or would send credentials over plain HTTP. */
export async function openCredentials(source: KubeSource, clock: Clock): Promise<Credentials> {
  const credentials = await openSource(source, clock);
  const { protocol, hostname } = credentials.server;
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    throw new TypeError(`the Kubernetes API must be reached over https: ${credentials.server.origin}`);
  }
  return credentials;
}

function openSource(source: KubeSource, clock: Clock): Promise<Credentials> {
  switch (source.kind) {
    case 'in-cluster':
      return inClusterCredentials(source, clock);
    case 'kubeconfig':
      return kubeconfigCredentials(source, clock);
    case 'explicit':
      return Promise.resolve(explicitCredentials(source));
  }
}

function explicitCredentials(source: Extract<KubeSource, { kind: 'explicit' }>): Credentials {
  const access: Access = {
    headers: source.token === undefined ? {} : { authorization: `Bearer ${source.token}` },
    tls: source.ca === undefined ? {} : { ca: source.ca },
  };
  return {
    server: new URL(source.server),
    namespace: source.namespace,
    access: () => Promise.resolve(access),
    refresh: () => undefined,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
