import type { IncomingHttpHeaders } from 'node:http';
import type { ClusterClock } from '../../lib/clock.ts';

/** Where the Kubernetes API is and how to authenticate there. */
export type KubeSource =
  | {
      /** A pod's own service account: address from the environment, token, CA and namespace from files. */
      readonly kind: 'in-cluster';
      /** Folder of the mounted service account. Default `/var/run/secrets/kubernetes.io/serviceaccount`. */
      readonly directory?: string;
      /** Default `process.env`. */
      readonly environment?: Readonly<Record<string, string | undefined>>;
    }
  | {
      /** A kubeconfig file, for a laptop. Loads `@kubernetes/client-node`, which an in-cluster process never does. */
      readonly kind: 'kubeconfig';
      /** One file, or several that are merged. Default: `KUBECONFIG`, else `~/.kube/config`. */
      readonly path?: string | readonly string[];
      readonly context?: string;
    }
  | {
      /** Everything given, for the sandbox and tests. */
      readonly kind: 'explicit';
      readonly server: string;
      readonly token?: string;
      /** CA certificates in PEM. */
      readonly ca?: string;
      readonly namespace?: string;
    };

/**
 * Which connections a request may use. `shared`: kept alive, for short requests and list pages. `lease`: kept alive
 * apart from the others, so that a renewal never waits behind a list. `own`: a fresh one for this request, closed
 * after it; for watches, so that they spread over the API servers after a restart.
 */
export type Lane = 'shared' | 'lease' | 'own';

export interface KubeRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash, without query, already percent-encoded. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Lower-case names; a patch sets its `content-type` here. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** `json`, `text`: for the whole call, default 30 s. `stream`: until the response's headers, default 60 s. */
  readonly timeoutMs?: number;
  /** Largest body that `json` and `text` accept. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Default `shared`. */
  readonly lane?: Lane;
}

/** A response whose body is read piece by piece. Whoever asked for it must consume or destroy it. */
export interface KubeStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /**
   * Hands every piece of the body to `onChunk` as it arrives and resolves at its proper end.
   * Rejects with `KubeConnectionError` when the body breaks off or is destroyed, with the abort reason when the
   * request was aborted, and with whatever `onChunk` throws.
   */
  consume(onChunk: (chunk: Buffer) => void): Promise<void>;
  /** Closes the connection at once. */
  destroy(): void;
}

/** One Kubernetes API, with its credentials kept current. */
export interface KubeConnection {
  /** Address without path, for logs. */
  readonly server: string;
  /** The agent's own namespace where the source knows it. */
  readonly namespace: string | undefined;
  /** The cluster's time, learnt from the `Date` of the API server's answers. */
  readonly clock: ClusterClock;
  /** One short request, the answer parsed. Throws `KubeApiError` on any status but 2xx, else `KubeConnectionError`. */
  json<T>(request: KubeRequest): Promise<T>;
  /** As `json`, the answer as text; for logs of pods. */
  text(request: KubeRequest): Promise<string>;
  /** A response to read piece by piece; a status other than 2xx is thrown as by `json`. */
  stream(request: KubeRequest): Promise<KubeStream>;
  /** Cuts every request that is under way and lets go of all connections. Later requests are refused. */
  close(): void;
}
