import type { ContainerFacts, Environment } from '../domain/environment.ts';
import type { Redactor } from './redact/redactor.ts';

/** Texts of this length were cut where they were read, most likely within a word. */
const CUT_AT = 4_096;
/** A longer argument is a script, not the value of an option. */
const MAX_ARGUMENT = 2_000;
const WITHHELD = '[REDACTED:argument]';

/**
 * An environment without secrets. Lines of a log are read as one text and the parts of a command in pairs, because a
 * private key has many lines and `--password` stands in another part than its value.
 */
export function redactEnvironment(
  environment: Environment,
  redactor: Redactor,
  secretValues: readonly string[],
): Environment {
  const redactText = (text: string): string => redactor.redactText(text, secretValues).text;
  const { logs, ...rest } = environment;
  const linesOf = logs.map(({ lines }) =>
    lines.length === 0 ? [] : redactText(lines.join('\n')).split('\n'),
  );
  const withoutLines = { ...rest, logs: logs.map((log) => ({ ...log, lines: [] })) };
  const redacted = redactor.redactValue(withoutHalves(withoutLines), secretValues).value as Environment;
  return {
    ...redacted,
    containers: redacted.containers.map((container) => redactCommand(container, redactText)),
    logs: redacted.logs.map((log, at) => ({ ...log, lines: linesOf[at] ?? [] })),
  };
}

/** The same value, its longest texts without their last word: half a secret is not recognised any more. */
function withoutHalves(value: unknown): unknown {
  if (typeof value === 'string') return value.length < CUT_AT ? value : value.replace(/[^\s,;]*$/, '…');
  if (Array.isArray(value)) return value.map(withoutHalves);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines properties, so that a key such as __proto__ stays an ordinary key.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHalves(part)]));
}

function redactCommand(container: ContainerFacts, redactText: (text: string) => string): ContainerFacts {
  const { command } = container;
  if (command === undefined) return container;
  return {
    ...container,
    command: command.map((part, at) => redactArgument(command[at - 1], part, redactText)),
  };
}

function redactArgument(
  option: string | undefined,
  part: string,
  redactText: (text: string) => string,
): string {
  if (option?.startsWith('-') !== true || part.startsWith('-')) return part;
  const pair = JSON.stringify([option, part]);
  if (pair.length > MAX_ARGUMENT) return part;
  const redacted = redactText(pair);
  return redacted === pair ? part : argumentOf(redacted);
}

function argumentOf(pair: string): string {
  try {
    const [, argument] = JSON.parse(pair) as unknown[];
    return typeof argument === 'string' ? argument : WITHHELD;
  } catch {
    return WITHHELD;
  }
}
