import { request as httpRequest } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { SettingError } from './error.ts';

/** A proxy for the ticket API alone. */
export interface ProxySettings {
  /** `http://` or `https://`, with or without user and password. */
  readonly url: string;
  /** A file with `user:password`, read again when it changes; wins over the URL. */
  readonly credentialsFile?: string;
  /** Hosts that are reached directly: `host`, `.suffix`, `*.suffix`, `host:port`, an address, a CIDR range, `*`. */
  readonly noProxy?: readonly string[];
}

/** A proxy with everything known that is needed to ask it. */
export interface Proxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
  /** Value of Proxy-Authorization. */
  readonly authorization: string | undefined;
}

/** The proxy asked us for (other) credentials, or will not connect us. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly status: number;

  constructor(status: number) {
    super(`the proxy answered ${status} to CONNECT`);
    this.status = status;
  }
}

function matches(entry: string, host: string, port: number): boolean {
  const pattern = entry.trim().toLowerCase();
  if (pattern === '*' || pattern === host || pattern === `${host}:${port}`) return true;
  if (pattern.includes('/')) return isInRange(pattern, host);
  const suffix = pattern.replace(/^\*?\./u, '');
  return suffix !== pattern && (host === suffix || host.endsWith(`.${suffix}`));
}

function isInRange(range: string, host: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const isValid =
    isIP(network) > 0 && /^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 'ipv6' ? 128 : 32);
  if (!isValid || isIP(host) === 0) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

/** True when the host is to be reached without the proxy. `host` without brackets. */
export function isDirect(noProxy: readonly string[], host: string, port: number): boolean {
  return noProxy.some((entry) => matches(entry, host.toLowerCase(), port));
}

/** The address and credentials of a proxy. Throws SettingError, which never quotes them. */
export function readProxy(settings: ProxySettings, credentials: string | undefined): Proxy {
  const url = URL.canParse(settings.url) ? new URL(settings.url) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new SettingError('the proxy address is not a URL that begins with http:// or https://');
  }
  const own = url.username === '' ? undefined : decodeURIComponent(`${url.username}:${url.password}`);
  const given = credentials?.trim() ?? own;
  return {
    host: bareHost(url),
    port: portOf(url),
    isPlain: url.protocol === 'http:',
    authorization: given === undefined ? undefined : `Basic ${Buffer.from(given).toString('base64')}`,
  };
}

/** The host of a URL as `net.connect` wants it: an IPv6 address without brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/u, '$1');
}

/** The port of a URL, the scheme's own one if it names none. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'http:' ? 80 : 443;
}

/** Where a tunnel leads. */
export interface TunnelTarget {
  /** `host:port`, an IPv6 address in brackets. */
  readonly authority: string;
  /** Value of Proxy-Authorization. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel (RFC 9110, 9.3.6) and resolves with the bare connection
 * through it. Throws ProxyError when the proxy refuses, and what the network throws.
 */
export function openTunnel(
  socket: Socket,
  { authority, authorization, signal }: TunnelTarget,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
      signal,
    });
    request.once('error', reject);
    // Every answer to CONNECT arrives here, a refusal too.
    request.once('connect', (response) => {
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new ProxyError(response.statusCode ?? 0));
    });
    request.end();
  });
}
