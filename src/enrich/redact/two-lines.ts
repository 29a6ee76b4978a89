import { kindOfName, type KeyKind } from './key-name.ts';
import type { Mask } from './marker.ts';
import { readValue } from './read-value.ts';
import { isSecretValue } from './value-sense.ts';

// "- name: DB_PASSWORD" and then "value: x", as Kubernetes and Terraform write it
const nameLine = /^\s*(?:- )?["']?(?:name|key)["']?\s?[:=]\s?["']?([\w.-]{1,80})["']?,?\s*$/i;
// The name of a field alone, and then what was wrong with its value, as Pydantic tells it
const loneName = /^([A-Za-z][\w.-]{2,79})\s*$/;
// <key>Password</key> and then <string>x</string>, as property lists write it
const keyElement = /^\s*<(?:key|name)>([\w.-]{1,80})<\/(?:key|name)>\s*$/;
const valueLine =
  /^\s{0,200}(?:["']?value["']?\s?[:=]\s?|<(?:string|value)>|[^"'[]{1,120}\[[^"'\]]{0,120}\binput_value=)/i;
// A part of a multipart form: the name, an empty line, the value
const partLine = /;\s?name="([\w.-]{1,80})"\s*$/;
// "password: |" and then indented text
const blockLine = /^(\s*)(?:- )?["']?([\w.-]{1,80})["']?:\s*[|>][+-]?\d?\s*$/;

function kindIn(line: string, shape: RegExp): KeyKind | undefined {
  const name = shape.exec(line)?.[1];
  return name === undefined ? undefined : kindOfName(name);
}

function maskValue(line: string, kind: KeyKind, mask: Mask): string {
  const sign = valueLine.exec(line);
  if (sign === null) return line;
  const start = sign[0].length;
  const close = sign[0].endsWith('>') ? line.indexOf('<', start) : -1;
  const value =
    close < 0
      ? readValue(line, start, { inQuery: false, openQuote: '' })
      : { start, end: close, quoted: true };
  const text = line.slice(value.start, value.end);
  if (!isSecretValue(kind, text, { firm: true, verb: false, quoted: value.quoted, compound: true }))
    return line;
  return line.slice(0, value.start) + mask('secret') + line.slice(value.end);
}

/** Masks values that stand on the line after their name. One for each text; lines go in one by one. */
export function createTwoLineRule(mask: Mask): (line: string) => string {
  let named: KeyKind | undefined;
  /** Indentation of the name whose block is open, -1 when none is. */
  let indent = -1;
  /** The part of a form whose empty line or value comes next. */
  let part: KeyKind | undefined;

  function maskPart(line: string, kind: KeyKind): string {
    if (line.trim() === '') {
      part = kind;
      return line;
    }
    const isSecret = isSecretValue(kind, line.trim(), {
      firm: true,
      verb: false,
      quoted: true,
      compound: true,
    });
    return isSecret && !line.includes(':') ? mask('secret') : line;
  }

  // Text under "password: |" until the indentation falls back.
  function maskBlock(line: string): string | undefined {
    const depth = line.search(/\S/);
    if (depth <= indent) {
      indent = -1;
      return undefined;
    }
    return /^\s*\[REDACTED:[a-z-]+\]$/.test(line) ? line : line.slice(0, depth) + mask('secret');
  }

  function remember(line: string): void {
    named = kindIn(line, nameLine) ?? kindIn(line, keyElement) ?? kindIn(line, loneName);
    part = kindIn(line, partLine);
    const block = blockLine.exec(line);
    const kind = block === null ? undefined : kindOfName(block[2] ?? '');
    if (kind === 'password' || kind === 'token') indent = block?.[1]?.length ?? 0;
  }

  return (line) => {
    const kind = named;
    named = undefined;
    if (kind !== undefined) return maskValue(line, kind, mask);
    const inPart = part;
    part = undefined;
    if (inPart !== undefined) return maskPart(line, inPart);
    const masked = indent >= 0 ? maskBlock(line) : undefined;
    if (masked === undefined) remember(line);
    return masked ?? line;
  };
}
