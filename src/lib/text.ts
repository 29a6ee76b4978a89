const ELLIPSIS = '…';

/**
 * The first `max` UTF-16 units of a text, ended by an ellipsis when something was cut. Never cuts a surrogate pair in
 * two, and where it costs little it cuts between words.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max <= ELLIPSIS.length) return ELLIPSIS.slice(0, Math.max(0, max));
  let end = max - ELLIPSIS.length;
  const lastUnit = text.charCodeAt(end - 1);
  if (lastUnit >= 0xd800 && lastUnit <= 0xdbff) end -= 1;
  const space = text.lastIndexOf(' ', end);
  if (space > end * 0.9) end = space;
  return `${text.slice(0, end)}${ELLIPSIS}`;
}

/** What ends a line for some reader, although it is not a line feed. */
const otherLineBreaks = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
/** Format characters (direction, zero width, tags), what Unicode says to show as nothing, and controls but tab and line feed. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u0000-\u0008\u000e-\u001f\u007f-\u009f]/gu;

/** A text in which every character shows: line breaks are line feeds, tabs stay, and surrogates without their other half are marked. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(otherLineBreaks, '\n').replace(invisible, '');
}

/** A plain text as one line, with single spaces between its words. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}

/** `3 restarts`, `1 restart` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A duration as a person says it: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. Less than nothing is `0 s`. */
export function sayDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `2026-11-23 03:04:05 UTC` */
export function sayTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Exit codes of Linux have 8 bits. Those of Windows have 32, and are known by their hexadecimal form. */
const MAX_LINUX_CODE = 0xffff;

/** Windows' NTSTATUS values that programs end with, and what its own texts call them (ntstatus.h). */
const windowsCodes: Readonly<Record<string, string>> = {
  '0xC0000005': 'access violation',
  '0xC00000FD': 'stack overflow',
  '0xC0000017': 'no memory',
  '0xC0000135': 'DLL not found',
  '0xC0000139': 'entry point not found',
  '0xC0000142': 'DLL initialization failed',
  '0xC000013A': 'Ctrl+C',
  '0xC0000409': 'stack buffer overrun',
  '0xE0434352': 'unhandled .NET exception',
};

/** An exit code as a person looks for it: `137`, `0xC0000005`. Reporters give those of Windows with and without sign. */
export function sayExitCode(exitCode: number): string {
  return Math.abs(exitCode) <= MAX_LINUX_CODE
    ? String(exitCode)
    : `0x${(exitCode >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** What Windows calls it. */
export function windowsNameOf(exitCode: number): string | undefined {
  const hex = sayExitCode(exitCode);
  return Object.hasOwn(windowsCodes, hex) ? windowsCodes[hex] : undefined;
}

/** Suffix that Kubernetes makes for names (`k8s.io/apimachinery/pkg/util/rand`: no vowels, and no digit that looks like a letter). */
const GENERATED = /\b([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;
/** Of a StatefulSet's pod, and of its claims. */
const ORDINAL = /\b([a-z][a-z0-9-]*)-\d{1,4}\b/g;
/** Times, addresses, hashes, ids and amounts. */
const VARYING = /\b(?:[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|0x[0-9a-f]+|\d[\d.:,TZ-]*)\b/gi;

/**
 * What stays of a text without what differs from one object or moment to the next: generated names, ordinals, ids and numbers. Two texts
 * of one shape say the same thing about two objects.
 */
export function shapeOf(text: string): string {
  return text
    .replace(GENERATED, '$1-*')
    .replace(ORDINAL, '$1-*')
    .replace(VARYING, '#')
    .replace(/\s+/g, ' ')
    .trim();
}
