import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runCommand } from './command.ts';
import { apiServiceAddress, kubeconfigPath, nodeName, pkiPath, serverUrl, type Layout } from './layout.ts';

/** One certificate that the CA signs; the file names are `<name>.crt` and `<name>.key`. */
export interface CertificateRequest {
  readonly name: string;
  /** As openssl writes it, for example `/O=system:masters/CN=admin`. */
  readonly subject: string;
  /** Names and addresses of a server; a client has none. Form: `DNS:localhost`, `IP:127.0.0.1`. */
  readonly alternativeNames?: readonly string[];
}

/** Every certificate of a cluster; a control plane without a node leaves most unused. */
export function certificateRequests(layout: Layout): CertificateRequest[] {
  return [
    {
      name: 'kube-apiserver',
      subject: '/CN=kube-apiserver',
      alternativeNames: [
        'DNS:localhost',
        'DNS:kubernetes',
        'DNS:kubernetes.default',
        'DNS:kubernetes.default.svc',
        'IP:127.0.0.1',
        `IP:${apiServiceAddress}`,
        ...(layout.address === '127.0.0.1' ? [] : [`IP:${layout.address}`]),
      ],
    },
    { name: 'admin', subject: '/O=system:masters/CN=admin' },
    { name: 'kube-controller-manager', subject: '/CN=system:kube-controller-manager' },
    { name: 'kube-scheduler', subject: '/CN=system:kube-scheduler' },
    { name: 'kube-proxy', subject: '/CN=system:kube-proxy' },
    {
      // Client of the API server, and server of logs: the API server checks the address.
      name: 'kubelet',
      subject: `/O=system:nodes/CN=system:node:${nodeName}`,
      alternativeNames: [`DNS:${nodeName}`, `IP:${layout.address}`],
    },
  ];
}

/** The openssl extensions of one certificate. */
export function certificateExtensions(request: CertificateRequest): string {
  const names = request.alternativeNames ?? [];
  const usage = names.length === 0 ? 'clientAuth' : 'clientAuth,serverAuth';
  const lines = ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', `extendedKeyUsage=${usage}`];
  if (names.length > 0) lines.push(`subjectAltName=${names.join(',')}`);
  return `${lines.join('\n')}\n`;
}

/** A kubeconfig with one cluster, one user and their certificates named by path. */
export function kubeconfig(layout: Layout, user: string): string {
  return `apiVersion: v1
kind: Config
current-context: test
clusters:
  - name: test
    cluster:
      server: ${serverUrl(layout)}
      certificate-authority: ${pkiPath(layout, 'ca.crt')}
users:
  - name: ${user}
    user:
      client-certificate: ${pkiPath(layout, `${user}.crt`)}
      client-key: ${pkiPath(layout, `${user}.key`)}
contexts:
  - name: test
    context: {cluster: test, user: ${user}}
`;
}

/** Runs openssl with the words of `command` and then with arguments that may contain blanks. */
async function openssl(command: string, ...args: string[]): Promise<void> {
  await runCommand('openssl', [...command.split(' '), ...args]);
}

const createEcKey = 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out';
const createRsaKey = 'genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out';

async function createAuthority(layout: Layout): Promise<void> {
  const key = pkiPath(layout, 'ca.key');
  const usage = 'keyUsage=critical,digitalSignature,keyCertSign';
  await openssl(createEcKey, key);
  await openssl(
    `req -x509 -new -days 365 -subj /CN=ankra-support-agent-test -addext ${usage} -key`,
    key,
    '-out',
    pkiPath(layout, 'ca.crt'),
  );
}

async function createCertificate(layout: Layout, request: CertificateRequest): Promise<void> {
  const file = (ending: string): string => pkiPath(layout, `${request.name}.${ending}`);
  const authority = ['-CA', pkiPath(layout, 'ca.crt'), '-CAkey', pkiPath(layout, 'ca.key')];
  const signing = ['-in', file('csr'), '-extfile', file('ext'), '-out', file('crt')];
  await writeFile(file('ext'), certificateExtensions(request));
  await openssl(createEcKey, file('key'));
  await openssl('req -new -key', file('key'), '-subj', request.subject, '-out', file('csr'));
  await openssl('x509 -req -days 365 -CAcreateserial', ...authority, ...signing);
}

/** Makes the CA, all certificates, the key pair of service accounts, and a kubeconfig for every client. */
export async function createPki(layout: Layout): Promise<void> {
  await mkdir(pkiPath(layout, '.'), { recursive: true });
  await chmod(pkiPath(layout, '.'), 0o700);
  await createAuthority(layout);
  // One after the other: they share the CA's serial file.
  for (const request of certificateRequests(layout)) await createCertificate(layout, request);
  const accountKey = pkiPath(layout, 'service-account.key');
  await openssl(createRsaKey, accountKey);
  await openssl('pkey -pubout -in', accountKey, '-out', pkiPath(layout, 'service-account.pub'));
  const clients = certificateRequests(layout).filter((request) => request.name !== 'kube-apiserver');
  await mkdir(dirname(kubeconfigPath(layout, 'admin')), { recursive: true });
  for (const { name } of clients) {
    await writeFile(kubeconfigPath(layout, name), kubeconfig(layout, name), { mode: 0o600 });
  }
}
