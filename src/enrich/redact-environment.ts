import type { Environment } from '../domain/environment.ts';
import { minExactLength } from './redact/exact.ts';
import type { Redactor } from './redact/redactor.ts';

/** Texts of this length were cut where they were read, most likely within a word. */
const CUT_AT = 4_096;

/**
 * An environment without secrets. Lines of a log are read as one text and the parts of a command as one line, because a
 * private key has many lines and `--password` stands in another part than its value. What one part gives away is struck from
 * all others.
 */
export function redactEnvironment(
  environment: Environment,
  redactor: Redactor,
  secretValues: readonly string[],
): Environment {
  const { logs, ...rest } = environment;
  const withoutLines = { ...rest, logs: logs.map((log) => ({ ...log, lines: [] })) };
  const first = redactor.redactValue(withoutHalves(withoutLines), secretValues);
  const known = [...secretValues, ...first.found.filter((value) => value.length >= minExactLength)];
  const texts = logs.map(({ lines }) => redactor.redactText(lines.join('\n'), known));
  const inLogs = texts.flatMap(({ found }) => found).filter((value) => value.length >= minExactLength);
  const all = [...known, ...inLogs];
  const redacted = (all.length === secretValues.length ? first : redactor.redactValue(first.value, all))
    .value as Environment;
  return {
    ...withContact(redacted, environment, all),
    logs: redacted.logs.map((log, at) => ({
      ...log,
      lines: logs[at]?.lines.length === 0 ? [] : linesOf(texts[at]?.text ?? '', all),
    })),
  };

  // One container's log may show what another one's gave away.
  function linesOf(text: string, values: readonly string[]): string[] {
    const again = inLogs.length === 0 ? text : redactor.redactText(text, values).text;
    return again.split('\n');
  }
}

/** The same value, its longest texts without their last word: half a secret is not recognised any more. */
function withoutHalves(value: unknown): unknown {
  if (typeof value === 'string') return value.length < CUT_AT ? value : value.replace(/[^\s,;]*$/, '…');
  if (Array.isArray(value)) return value.map(withoutHalves);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines properties, so that a key such as __proto__ stays an ordinary key.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHalves(part)]));
}

const CONTACT = 'support.ankra.app/contact';
/** One address of mail and nothing else. */
const MAIL_ADDRESS = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+$/;

/** The team has written down whom to ask, so that it is told: the one address of mail that is not personal data to hide. */
function withContact(redacted: Environment, original: Environment, secrets: readonly string[]): Environment {
  const { selected } = redacted.owner;
  const contact = original.owner.selected?.annotations[CONTACT];
  if (selected === undefined || contact === undefined || !MAIL_ADDRESS.test(contact)) return redacted;
  if (secrets.some((secret) => secret.length >= minExactLength && contact.includes(secret))) return redacted;
  const annotations = { ...selected.annotations, [CONTACT]: contact };
  return { ...redacted, owner: { ...redacted.owner, selected: { ...selected, annotations } } };
}
