import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** The authority's own certificate. */
  readonly pem: string;
  /** A server certificate for these names (`DNS:localhost`, `IP:127.0.0.1`), valid for `days` from now. */
  issue(names: readonly string[], days?: number): KeyPair;
}

export interface Certificates {
  /** For files of the test. */
  readonly folder: string;
  authority(name: string): Authority;
  selfSigned(names: readonly string[]): KeyPair;
  remove(): void;
}

/** Real certificates, made by openssl in a folder of its own. All share one key: making keys is what takes time. */
export function createCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'key.pem');
  const root = (name: string, extension: string): string => {
    const file = `${name}.pem`;
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      'key.pem',
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-out',
      file,
      '-addext',
      extension,
    );
    return read(file);
  };
  let issued = 0;
  return {
    folder,
    authority: (name) => ({
      pem: root(name, 'keyUsage=critical,keyCertSign'),
      issue: (names, days = 2) => {
        issued += 1;
        const file = `server-${issued}`;
        writeFileSync(join(folder, `${file}.ext`), `subjectAltName=${names.join(',')}\n`);
        openssl('req', '-new', '-key', 'key.pem', '-subj', `/CN=${file}`, '-out', `${file}.csr`);
        const signer = ['-CA', `${name}.pem`, '-CAkey', 'key.pem', '-CAcreateserial'];
        const validity = ['-days', String(days), '-extfile', `${file}.ext`];
        openssl('x509', '-req', '-in', `${file}.csr`, ...signer, ...validity, '-out', `${file}.pem`);
        return { key: read('key.pem'), cert: read(`${file}.pem`) };
      },
    }),
    selfSigned: (names) => ({
      key: read('key.pem'),
      cert: root('self', `subjectAltName=${names.join(',')}`),
    }),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
