import { markerEnd, markersIn, type Mask, type RuleName } from './marker.ts';
import type { Reading } from './reading.ts';

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
