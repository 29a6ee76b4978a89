import type { Reading } from './reading.ts';

/** Name of a rule as it appears in markers and counts: lower-case letters, digits and hyphens. */
export type RuleName = string;

/** End of the names of all rules for vendors' tokens. No pattern of the configuration may end so: a later release may know the vendor. */
export const vendorSuffix = '-token';

/** All rules but those for vendors' tokens and the patterns of the configuration, which must not be called so. */
export const ownRules = [
  'authorization',
  'card',
  'code',
  'column',
  'command-line',
  'cookie',
  'docker-auth',
  'email',
  'encoded-secret',
  'exact-value',
  'iban',
  'ip',
  'jwt',
  'known-value',
  'nearby',
  'paseto',
  'password',
  'password-hash',
  'phone',
  'private-key',
  'secret',
  'ssn',
  'token20',
  'url-password',
  'withheld',
] as const;

/** How often each rule masked something. */
export type RedactionCounts = ReadonlyMap<RuleName, number>;

/** Counts one use of a rule and returns the text that stands in for the secret. */
export type Mask = (rule: RuleName, secret?: string) => string;

/** A rule for one line: returns the line without the secrets it knows. */
export type LineRule = (line: string, mask: Mask) => string;

/** Replaces a line that looks as if it held a secret which no rule could place. */
export const withheldLine = '[line withheld: possible secret]';

/** The rule name under which withheld lines are counted. */
export const withheldRule: RuleName = 'withheld';

const markerStart = '[REDACTED:';
const anyMarker = /\[REDACTED:[a-z0-9-]{1,40}\]/g;
const markerHere = /\[REDACTED:[a-z0-9-]{1,40}\]/y;

/** A mask that counts into `counts`. The marker never holds a hash of the value: short secrets can be guessed. */
export function countingMask(
  counts: Map<RuleName, number>,
  onSecret?: (secret: string, rule: RuleName) => void,
): Mask {
  return (rule, secret) => {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
    if (secret !== undefined) onSecret?.(secret, rule);
    return markerOf(rule);
  };
}

/** What stands in for a secret that a rule found. */
export function markerOf(rule: RuleName): string {
  return `${markerStart}${rule}]`;
}

/** The end of the marker that starts at `at`, or -1. */
export function markerEnd(line: string, at: number): number {
  if (!line.startsWith(markerStart, at)) return -1;
  markerHere.lastIndex = at;
  return markerHere.test(line) ? markerHere.lastIndex : -1;
}

/** Applies `change` to the text between markers, so that no rule ever takes a marker for data. */
export function betweenMarkers(line: string, change: (part: string) => string): string {
  if (!line.includes(markerStart)) return change(line);
  let result = '';
  let done = 0;
  for (const match of line.matchAll(anyMarker)) {
    result += change(line.slice(done, match.index)) + match[0];
    done = match.index + match[0].length;
  }
  return result + change(line.slice(done));
}

/** Where the markers of a line stand. */
export function markersIn(line: string): { readonly start: number; readonly end: number }[] {
  return Array.from(line.matchAll(anyMarker), ({ 0: marker, index }) => ({
    start: index,
    end: index + marker.length,
  }));
}

/** The line with every marker turned into blanks, for rules that only look. */
export function blankMarkers(line: string): string {
  return line.includes(markerStart) ? line.replace(anyMarker, (marker) => ' '.repeat(marker.length)) : line;
}

const placeholderShapes = [
  // Markers, stars, <name>, ${NAME}, $(NAME), {{ name }}, %NAME%, %(name)s, ~
  /^(?:\[REDACTED:[a-z0-9-]{1,40}\]|[*•xX.#?_-]+|\$?\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\{\{[^}]*\}\}|~|%[A-Z_]+%|%(?:\([a-z_]+\))?[a-z])$/,
  /^\$(?:[A-Z_][A-Z0-9_]*|[A-Za-z_]{0,40}(?:[pP]ass|[pP]wd|[tT]oken|[sS]ecret|[kK]ey|[uU]ser|[cC]red|[aA]uth)[A-Za-z_]{0,40})$/,
  // [secret], as Pulumi shows one; !secret name and !env NAME, which YAML looks up
  /^(?:\[secret\]|!(?:secret|env|env_var|vault|include|Ref|Sub|GetAtt|reference|ImportValue))$/,
  /^<[^<>\d]*>$/,
  /^<[^<>]{0,200}[\s_-][^<>]{0,200}>$/,
  // Shown in part: 64_7xxxx, abc****
  /^[\w-]{0,8}(?:x{4,}|[*•]{3,})$|^[\w-]{0,12}\*{8,}[\w-]{0,6}[.,]?$/i,
  // Where the value is kept: vault:secret/data/web#password, web/db#password, ./password.txt
  /^(?:(?:vault:|ref\+\w{1,20}:\/\/|op:\/\/|secretref:)[\w./@#?=-]{3,200}|[\w.-]{1,100}(?:\/[\w.-]{1,100}){1,8}#[\w.-]{1,100}|\.{1,2}\/[\w./-]{1,200})$/,
  /^[[({<](?:sensitive|known|redacted|masked|hidden|filtered|omitted|not|unset|none|null|empty|set)\b/i,
  /^[[({<*]*(?:redacted|masked|filtered|hidden|removed|omitted|scrubbed|sanitized|protected|null|nil|none|undefined|true|false|yes|no|n\/a|empty|unset)[\])}>*]*$/i,
];

// $(echo x) holds what it prints.
const printed = /^\$\(\s{0,8}(?:echo|printf)\b/;

/** Whether a value says by itself that it is no secret: empty, starred, a variable, `null`, or our own marker. */
export function isPlaceholder(value: string): boolean {
  return value === '' || (placeholderShapes.some((shape) => shape.test(value)) && !printed.test(value));
}

/** A secret in a line, by positions of the text as it is read. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: RuleName;
}

/** A rule for one line: where in it secrets stand. */
export type SpanRule = (reading: Reading) => readonly Span[];

/** What a rule returns that found nothing. */
export const nothing: readonly Span[] = [];

// A marker is masked whole or not at all.
function aroundMarkers(spans: readonly Span[], text: string): readonly Span[] {
  const markers = text.includes('[REDACTED:') ? markersIn(text) : [];
  if (markers.length === 0) return spans;
  return spans.map(({ start, end, rule }) => {
    const first = markers.find((marker) => marker.start < start && marker.end > start)?.start ?? start;
    const last = markers.find((marker) => marker.start < end && marker.end > end)?.end ?? end;
    return { start: first, end: last, rule };
  });
}

/** The line with the spans masked; of spans that overlap, the first one names the rule. */
export function maskSpans(reading: Reading, spans: readonly Span[], mask: Mask): string {
  const { raw, text } = reading;
  if (spans.length === 0) return raw;
  const sorted = aroundMarkers(spans, text)
    .filter(({ start, end }) => end > start)
    .sort((one, other) => one.start - other.start);
  let result = '';
  let done = 0;
  for (let at = 0; at < sorted.length; at += 1) {
    const { start, rule } = sorted[at] as Span;
    let { end } = sorted[at] as Span;
    while (at + 1 < sorted.length && (sorted[at + 1] as Span).start < end) {
      at += 1;
      end = Math.max(end, (sorted[at] as Span).end);
    }
    if (markerEnd(text, start) === end) continue;
    result += raw.slice(done, reading.rawStart(start)) + mask(rule, text.slice(start, end));
    done = reading.rawEnd(end);
  }
  return done === 0 ? raw : result + raw.slice(done);
}
