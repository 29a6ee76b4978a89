import { parseArgs, styleText } from 'node:util';
import { loadConfig } from '../config/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { checkCluster } from './check-cluster.ts';
import { checkTickets } from './check-tickets.ts';
import { type Finding, ok } from './finding.ts';
import { clusterHelp, clusterOptions, type CommandIo, outputOf, withProgress } from './process.ts';
import { createTickets, namespaceOf, openCluster } from './runtime.ts';

const usage = `usage: ankra-support-agent check [--config FILE] [--kubeconfig FILE] [--context NAME] [--namespace NAME]
                                 [--output text|json] [--send-test-ticket]

Checks configuration, token, ticket API, cluster and rights, and says what to do about each fault. Exit code 1 when
something has failed. Writes nothing, but with --send-test-ticket: one ticket of severity low, which is closed at once.

${clusterHelp}
--output json      the findings as JSON; text when not given
--send-test-ticket  file a ticket and close it
`;

/** `check`: whether the agent could work with this configuration. Resolves to 1 when something has failed. */
export async function checkCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      ...clusterOptions,
      output: { type: 'string', default: 'text' },
      'send-test-ticket': { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    io.out(usage);
    return 0;
  }
  const output = outputOf(values.output);
  const config = await loadConfig(values.config, io.env);
  const { secrets, redactor, connection } = await openCluster(config, values, io.env);
  const tickets = createTickets(config, connection.clock, secrets);
  const findings = [
    ok('configuration', values.config ?? 'defaults and environment'),
    ...(await withProgress(
      io,
      'asking the ticket API and the cluster',
      Promise.all([
        checkTickets({
          config,
          tickets,
          clock: connection.clock,
          clusterUid: () => clusterUid(connection),
          sendsTicket: values['send-test-ticket'],
        }),
        checkCluster({ config, connection, namespace: namespaceOf(connection, values.namespace, io.env) }),
      ]),
    )),
  ].flat();
  tickets.disconnect();
  connection.close();
  const shown = findings.map((finding) => redacted(finding, (text) => redactor.redactLine(text).text));
  io.out(output === 'json' ? `${JSON.stringify(shown, undefined, 2)}\n` : shown.map(lines).join(''));
  return shown.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

function redacted(finding: Finding, redact: (text: string) => string): Finding {
  const { remedy } = finding;
  return {
    ...finding,
    detail: redact(finding.detail),
    ...(remedy === undefined ? {} : { remedy: redact(remedy) }),
  };
}

const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

function lines({ check, outcome, detail, remedy }: Finding): string {
  const word = styleText(colours[outcome], outcome.padEnd(8), { stream: process.stdout });
  const first = `${word} ${check}: ${detail}\n`;
  return remedy === undefined ? first : `${first}         remedy: ${remedy}\n`;
}

async function clusterUid(connection: KubeConnection): Promise<string | undefined> {
  const namespace = await connection
    .json<{ metadata?: { uid?: string } }>({ path: '/api/v1/namespaces/kube-system', timeoutMs: 10 * SECOND })
    .catch(() => undefined);
  return namespace?.metadata?.uid;
}
