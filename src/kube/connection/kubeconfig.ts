import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../domain/clock.ts';
import type { KubeSource } from './types.ts';
import { type Access, type Credentials, REREAD_AFTER_MS, type TlsMaterial } from './credentials.ts';
import { KubeconfigError, KubeConnectionError } from './errors.ts';

/** A context of a kubeconfig. Exec plugins and OIDC refresh work, through client-node. Throws when there is no usable cluster in it. */
export async function kubeconfigCredentials(
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
