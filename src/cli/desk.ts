import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Access, parseAccess } from '../desk/access.ts';
import { createDesk, type DeskOptions, isLoopback } from '../desk/desk.ts';
import { aborted, type CommandIo, CommandError, portOf, stopSignal } from './process.ts';

const usage = `usage: ankra-support-agent desk --token-file FILE [options]

Serves the ticket API as a small server of its own, with a page to read the tickets; for trials, tests, and teams without an account.

--token-file FILE  one token, or JSON with several tokens and organisations (docs/desk.md)
--port N           TCP port; 8181
--host ADDRESS     address to listen on; 127.0.0.1. On any but loopback the pages ask for a token
--file FILE        where the tickets are kept; desk.sqlite in the working directory
--in-memory        keep nothing: all tickets are lost when the desk ends
--tls-cert FILE    certificate chain in PEM; with --tls-key the desk speaks TLS alone
--tls-key FILE     its key in PEM
--cluster ID=NAME  a cluster that tickets may name, may be repeated; without one every cluster is taken
--faults           open /__faults, by which anybody who reaches the port can make the desk misbehave
`;

/** `desk`: the ticket API as a small server of its own, with a page to read the tickets; for trials and tests. */
export async function deskCommand(io: CommandIo): Promise<number> {
  const options = await deskOptions(io);
  if (options === undefined) return 0;
  const stop = stopSignal();
  try {
    const desk = await createDesk(options).catch(explain);
    io.err(`ticket desk on ${desk.url}\n${keeping(options.file)}${warning(options)}`);
    await aborted(stop.signal);
    await desk.close();
  } finally {
    stop.restore();
  }
  return 0;
}

function keeping(file: string): string {
  if (file === ':memory:') return 'tickets are kept in memory alone, and lost when the desk ends\n';
  return `tickets are kept in ${file}\n`;
}

function warning({ host, tls }: DeskOptions): string {
  if (tls !== undefined || isLoopback(host)) return '';
  return `tokens are sent in clear to ${host}: use --tls-cert and --tls-key, or put a proxy with TLS before the desk\n`;
}

/** What a person can do about a desk that does not start. */
function explain(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') throw new CommandError(`--port: ${message}; choose another one`);
  if (code === 'EADDRNOTAVAIL') throw new CommandError(`--host: ${message}; name an address of this machine`);
  if (code === 'EACCES') throw new CommandError(`--port: ${message}; choose one above 1023`);
  throw new CommandError(message);
}

async function deskOptions(io: CommandIo): Promise<DeskOptions | undefined> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      'token-file': { type: 'string' },
      port: { type: 'string', default: '8181' },
      host: { type: 'string', default: '127.0.0.1' },
      file: { type: 'string' },
      'in-memory': { type: 'boolean', default: false },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      cluster: { type: 'string', multiple: true, default: [] },
      faults: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.out(usage);
    return undefined;
  }
  const tls = await tlsFiles(values['tls-cert'], values['tls-key']);
  const { tokens, organisations, clusters } = await readAccess(values['token-file']);
  const named = values.cluster.map(toCluster);
  const known = named.length === 0 ? clusters : [...(clusters ?? []), ...named];
  return {
    file: fileOf(values.file, values['in-memory']),
    tokens,
    organisations,
    host: values.host,
    port: portOf(values.port),
    faultControl: values.faults,
    onError: (error) => io.err(`the desk failed at a request: ${error.stack ?? error.message}\n`),
    ...(tls === undefined ? {} : { tls }),
    ...(known === undefined ? {} : { clusters: known }),
  };
}

function fileOf(file: string | undefined, isInMemory: boolean): string {
  if (isInMemory && file !== undefined)
    throw new CommandError('--file and --in-memory exclude each other', 2);
  return isInMemory ? ':memory:' : resolve(file ?? 'desk.sqlite');
}

async function readAccess(file: string | undefined): Promise<Access> {
  if (file === undefined)
    throw new CommandError(`--token-file: name the file that holds the token\n\n${usage}`, 2);
  try {
    return parseAccess(await readFile(file, 'utf8'), file);
  } catch (error) {
    throw new CommandError(`--token-file: ${(error as Error).message}`, 2);
  }
}

function toCluster(text: string): { readonly id: string; readonly name: string } {
  const [id = '', name = ''] = text.split('=', 2);
  if (id === '' || name === '') throw new CommandError(`--cluster: "${text}" must be ID=NAME`);
  return { id: id.toLowerCase(), name };
}

async function tlsFiles(cert: string | undefined, key: string | undefined): Promise<DeskOptions['tls']> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new CommandError('--tls-cert and --tls-key go together');
  return { cert: await readFile(cert), key: await readFile(key) };
}
