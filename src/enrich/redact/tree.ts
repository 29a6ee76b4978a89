import { kindOfName, type KeyKind } from './key-name.ts';
import { isPlaceholder, type Mask, withoutMarkers } from './marker.ts';
import { isSecretValue } from './value-sense.ts';

/** What the walk over a value needs. */
export interface TreeDeps {
  readonly redact: (text: string) => string;
  readonly mask: Mask;
}

// Deeper nesting and larger values than any Kubernetes object has; what is beyond is withheld.
const maxDepth = 64;
const maxNodes = 200_000;
const tooLarge = '[value withheld: too large]';

const ruleOf: Partial<Record<KeyKind, string>> = {
  password: 'password',
  header: 'authorization',
  cookie: 'cookie',
  digits: 'code',
};

/** The part of a value under a key of the given kind; undefined when the key says nothing. */
interface Place {
  readonly kind: KeyKind | undefined;
  readonly depth: number;
}

/** Redacts every string and key of a JSON-like value; the value itself is left as it is. */
export function redactTree(value: unknown, { redact, mask }: TreeDeps): unknown {
  let nodes = 0;

  function isSecret(text: string, kind: KeyKind | undefined): boolean {
    if (kind === undefined) return false;
    if (kind === 'header' || kind === 'cookie') return !isPlaceholder(text);
    return isSecretValue(kind, text, { firm: true, verb: false, quoted: true, compound: true });
  }

  function scalar(text: string, kind: KeyKind | undefined): string {
    return kind !== undefined && isSecret(text, kind) ? mask(ruleOf[kind] ?? 'secret') : redact(text);
  }

  // A number is left a number unless it is a secret or a card number.
  function numeric(number: number | bigint, kind: KeyKind | undefined): unknown {
    const text = String(number);
    const redacted = scalar(text, kind);
    return redacted === text && typeof number === 'number' ? number : redacted;
  }

  function leaf(item: unknown, kind: KeyKind | undefined): unknown {
    if (typeof item === 'string') return scalar(item, kind);
    if (typeof item === 'number' || typeof item === 'bigint') return numeric(item, kind);
    return typeof item === 'boolean' || item === null ? item : undefined;
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
        const kind = key === 'value' && named !== undefined ? named : kindOfName(withoutMarkers(shown));
        return [shown, walk(item, { kind, depth: place.depth + 1 })];
      }),
    );
  }

  function walk(item: unknown, place: Place): unknown {
    nodes += 1;
    if (nodes > maxNodes || place.depth > maxDepth) return tooLarge;
    if (Array.isArray(item)) return item.map((part) => walk(part, { ...place, depth: place.depth + 1 }));
    if (typeof item === 'object' && item !== null) return object(item, place);
    return leaf(item, place.kind);
  }

  return walk(value, { kind: undefined, depth: 0 });
}
