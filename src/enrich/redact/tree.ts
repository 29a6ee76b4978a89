import { ruleOf } from './fields.ts';
import { isPropertyName, kindOfName, type KeyKind } from './key-name.ts';
import { blankMarkers, isPlaceholder, type Mask } from './marker.ts';
import { firmly, isSecretValue } from './value-sense.ts';

/** What the walk over a value needs. */
export interface TreeDeps {
  readonly redact: (text: string) => string;
  /** What in a text is secret. */
  readonly read: (text: string) => readonly string[];
  readonly mask: Mask;
}

// Deeper nesting and larger values than any Kubernetes object has; what is beyond is withheld.
const maxDepth = 64;
const maxNodes = 200_000;
const tooLarge = '[value withheld: too large]';
// A longer list is read argument by argument.
const maxCommand = 65_536;

const listOfArguments = /^(?:command|cmd|args|argv|arguments|entrypoint)$/i;

/** A part of a value. */
interface Place {
  /** What the key, or one above it, says; undefined when it says nothing. */
  readonly kind: KeyKind | undefined;
  readonly depth: number;
  readonly isCommand: boolean;
}

function isSecret(text: string, kind: KeyKind): boolean {
  if (kind === 'header' || kind === 'cookie') return !isPlaceholder(text);
  return isSecretValue(kind, text, firmly);
}

// An argument as a shell would be given it: in quotes when it holds blanks.
function quoted(argument: string): string {
  return /\s/.test(argument) && !argument.includes('"') ? `"${argument}"` : argument;
}

// -pX, user:X, --name=X, or X alone
function strike(argument: string, secret: string, mask: Mask): string {
  if (argument === secret) return mask('command-line', secret);
  if (secret.length < 4 && !argument.endsWith(secret)) return argument;
  return argument.split(secret).join(mask('command-line', secret));
}

/** Redacts every string and key of a JSON-like value; the value itself is left as it is. */
export function redactTree(value: unknown, { redact, read, mask }: TreeDeps): unknown {
  let nodes = 0;

  function scalar(text: string, kind: KeyKind | undefined): string {
    return kind !== undefined && isSecret(text, kind) ? mask(ruleOf(kind), text) : redact(text);
  }

  // A number is left a number unless it is a secret or a card number.
  function leaf(item: unknown, kind: KeyKind | undefined): unknown {
    if (typeof item === 'string') return scalar(item, kind);
    if (typeof item !== 'number' && typeof item !== 'bigint')
      return typeof item === 'boolean' || item === null ? item : undefined;
    const text = String(item);
    const redacted = scalar(text, kind);
    return redacted === text && typeof item === 'number' ? item : redacted;
  }

  // The arguments of a program: an option stands in another string than its value, and the program's name in a third.
  function command(parts: readonly string[]): string[] {
    const line = parts.map(quoted).join(' ');
    const secrets = line.length > maxCommand ? [] : [...read(line), ...read(parts.join(' '))];
    const longestFirst = [...new Set(secrets)].sort((one, other) => other.length - one.length);
    return parts.map((part) => {
      const held = longestFirst.filter((secret) => part.includes(secret));
      return redact(
        held.reduce((left, secret) => (left.includes(secret) ? strike(left, secret, mask) : left), part),
      );
    });
  }

  function object(source: object, place: Place): unknown {
    const pairs = Object.entries(source) as [string, unknown][];
    // {name: DB_PASSWORD, value: x}: the name of the value stands beside it.
    const name = pairs.find(([key]) => key === 'name' || key === 'key')?.[1];
    const named = typeof name === 'string' ? kindOfName(name) : undefined;
    return Object.fromEntries(
      pairs.map(([key, item]) => {
        const shown = redact(key);
        // A key is judged as it is shown, so that a second reading judges it the same.
        const own = kindOfName(blankMarkers(shown)) ?? (isPropertyName(key) ? undefined : place.kind);
        const kind = key === 'value' && named !== undefined ? named : own;
        const isCommand = listOfArguments.test(key);
        return [shown, walk(item, { kind, depth: place.depth + 1, isCommand })];
      }),
    );
  }

  function walk(item: unknown, place: Place): unknown {
    nodes += 1;
    if (nodes > maxNodes || place.depth > maxDepth) return tooLarge;
    if (Array.isArray(item)) {
      if (place.isCommand && item.every((part) => typeof part === 'string')) return command(item);
      return item.map((part) => walk(part, { ...place, depth: place.depth + 1 }));
    }
    return typeof item === 'object' && item !== null ? object(item, place) : leaf(item, place.kind);
  }

  return walk(value, { kind: undefined, depth: 0, isCommand: false });
}
