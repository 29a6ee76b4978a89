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
