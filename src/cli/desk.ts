import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createDesk, type DeskOptions } from '../desk/desk.ts';
import { aborted, type CommandIo, CommandError, portOf, stopSignal } from './process.ts';

const usage = `usage: ankra-support-agent desk --token-file FILE [--port 8181] [--host 127.0.0.1] [--file desk.sqlite]
                                [--tls-cert FILE --tls-key FILE] [--cluster ID=NAME ...] [--faults]
`;

/** `desk`: the ticket API as a small server of its own, with a page to read the tickets; for trials and tests. */
export async function deskCommand(io: CommandIo): Promise<number> {
  const options = await deskOptions(io);
  if (options === undefined) return 0;
  const stop = stopSignal();
  const desk = await createDesk(options);
  io.err(`ticket desk on ${desk.url}\n`);
  await aborted(stop.signal);
  await desk.close();
  stop.restore();
  return 0;
}

async function deskOptions(io: CommandIo): Promise<DeskOptions | undefined> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      'token-file': { type: 'string' },
      port: { type: 'string', default: '8181' },
      host: { type: 'string', default: '127.0.0.1' },
      file: { type: 'string', default: ':memory:' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      cluster: { type: 'string', multiple: true, default: [] },
      faults: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.err(usage);
    return undefined;
  }
  if (values['token-file'] === undefined)
    throw new CommandError(`--token-file: name the file that holds the token\n\n${usage}`, 2);
  const port = portOf(values.port);
  const token = (await readFile(values['token-file'], 'utf8')).trim();
  const tls = await tlsFiles(values['tls-cert'], values['tls-key']);
  const clusters = values.cluster.map(toCluster);
  return {
    file: values.file,
    tokens: [{ token, label: 'ankra-support-agent' }],
    host: values.host,
    port,
    faultControl: values.faults,
    ...(tls === undefined ? {} : { tls }),
    ...(clusters.length === 0 ? {} : { clusters }),
  };
}

function toCluster(text: string): { readonly id: string; readonly name: string } {
  const [id = '', name = ''] = text.split('=', 2);
  if (id === '' || name === '') throw new CommandError(`--cluster: "${text}" must be ID=NAME`);
  return { id, name };
}

async function tlsFiles(cert: string | undefined, key: string | undefined): Promise<DeskOptions['tls']> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new CommandError('--tls-cert and --tls-key go together');
  return { cert: await readFile(cert), key: await readFile(key) };
}
