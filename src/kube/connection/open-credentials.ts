import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../domain/clock.ts';
import {
  type Access,
  type Credentials,
  inClusterCredentials,
  REREAD_AFTER_MS,
  type TlsMaterial,
} from './credentials.ts';
import { KubeconfigError, KubeConnectionError } from './errors.ts';
import type { KubeSource } from './types.ts';

/** A context of a kubeconfig. Exec plugins and OIDC refresh work, through client-node. Throws when there is no usable cluster in it. */
async function kubeconfigCredentials(
  source: Extract<KubeSource, { kind: 'kubeconfig' }>,
  clock: Clock,
): Promise<Credentials> {
  const config = await load(source);
  const { currentContext } = config;
  const context = config.getContextObject(currentContext);
  if (context === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new KubeconfigError(
      `the kubeconfig has no context "${currentContext}": name one with --context (${known.length === 0 ? 'it has none' : known.join(', ')})`,
    );
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new KubeconfigError(
      `the kubeconfig has no cluster "${context.cluster}", which context "${currentContext}" names`,
    );
  // Its agent is not ours: a proxy would be passed by silently.
  if (cluster.proxyUrl !== undefined)
    throw new KubeconfigError(
      `the kubeconfig has proxy-url for cluster "${context.cluster}", which is not supported: run the agent in the cluster, or take a context that needs no proxy`,
    );
  if (!URL.canParse(cluster.server))
    throw new KubeconfigError(
      `the kubeconfig has a server that is no URL, for cluster "${context.cluster}": write https://host:port`,
    );
  return new KubeconfigCredentials(config, {
    server: new URL(cluster.server),
    namespace: context.namespace,
    clock,
  });
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
      throw new KubeConnectionError('kubeconfig', 'CREDENTIALS', whyNone(this.#config, nameOf(error)));
    });
    this.#access = { headers: headersOf(options), tls: keepIfEqual(this.#access.tls, tlsOf(options)) };
    this.#readAt = this.#clock.monotonic();
    return this.#access;
  }

  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}

/** Names the program that had to give them, if any: it is not there in most cases. */
function whyNone(config: KubeConfig, reason: string): string {
  const user = config.getCurrentUser();
  const { command } = (user?.exec ?? {}) as { readonly command?: unknown };
  return typeof command === 'string'
    ? `the program ${command} of user "${user?.name ?? ''}" gives none (${reason}): is it installed, on the PATH, and signed in?`
    : `they cannot be had (${reason})`;
}

/** What an earlier file has wins over what a later one has, and a file that is not there is passed over, as with kubectl. */
async function load(source: Extract<KubeSource, { kind: 'kubeconfig' }>): Promise<KubeConfig> {
  const { KubeConfig: Kubeconfig } = await import('@kubernetes/client-node');
  const config = new Kubeconfig();
  const paths = typeof source.path === 'string' ? [source.path] : (source.path ?? []);
  if (paths.length === 0) config.loadFromDefault();
  for (const path of paths) {
    const next = new Kubeconfig();
    try {
      next.loadFromFile(path);
    } catch (error) {
      const reason = nameOf(error);
      if (reason === 'ENOENT' && paths.length > 1) continue;
      // The parser quotes the lines around a mistake, and tokens stand there.
      throw new KubeconfigError(`the kubeconfig cannot be read: ${path} (${reason})`);
    }
    add(config, next);
  }
  if (source.context !== undefined) config.setCurrentContext(source.context);
  return config;
}

function add(config: KubeConfig, next: KubeConfig): void {
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    const known = new Set(config[list]?.map(({ name }) => name));
    const fresh = next[list].filter(({ name }) => !known.has(name));
    Object.assign(config, { [list]: [...(config[list] ?? []), ...fresh] });
  }
  config.currentContext ||= next.currentContext;
  // client-node takes plain http, as of `kubectl proxy`, only where no certificate is checked; what is not on loopback is refused before.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
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
    throw new KubeconfigError(
      `the Kubernetes API must be reached over https, and not at ${credentials.server.origin}: credentials would go in the clear`,
    );
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
