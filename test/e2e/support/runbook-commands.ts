import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const pages = ['docs/runbooks.md', 'charts/ankra-support-agent/files/alerts.yaml'];

/** What stands for the placeholders of the runbooks and of the alerts. */
export interface Placeholders {
  readonly namespace: string;
  readonly account: string;
  /** Name of an Incident. */
  readonly incident: string;
}

/** Every kubectl command that a runbook or the remedy of an alert tells a person on call to run, ready to be run. */
export async function runbookCommands(place: Placeholders): Promise<readonly string[]> {
  const texts = await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')));
  const commands = texts.flatMap((text) => text.match(/(?<=`)kubectl [^`]+(?=`)/g) ?? []);
  const filled = commands.map((command) =>
    command
      .replaceAll(/\bNS\b|\{\{ \$labels\.namespace \}\}/g, place.namespace)
      .replaceAll(/\bACCOUNT\b/g, place.account)
      .replaceAll(/\bNAME\b/g, place.incident)
      .replaceAll(/\bKIND\b|\{\{ \$labels\.resource \}\}/g, 'pods'),
  );
  return [...new Set(filled)];
}
