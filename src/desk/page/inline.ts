import { escapeHtml } from './html.ts';
import type { Html } from './html.ts';

const ordinary = /[^\\&`*_]+/uy;
const ESCAPABLE = /[!-/:-@[-`{-~]/u;
const ENTITY = /^&(?:lt|gt|amp|quot|#39|nbsp);/u;
const marks = [
  { sign: '**', tag: 'strong' },
  { sign: '__', tag: 'strong' },
  { sign: '*', tag: 'em' },
] as const;

interface Token {
  readonly markup: string;
  readonly length: number;
}

/** The code span that begins at `at`: closed by a run of back-ticks of the same length. */
function codeSpan(text: string, at: number): Token | undefined {
  const run = /^`+/u.exec(text.slice(at, at + 20))?.[0];
  if (run === undefined) return undefined;
  let end = text.indexOf(run, at + run.length);
  while (end !== -1 && (text[end + run.length] === '`' || text[end - 1] === '`')) {
    end = text.indexOf(run, end + run.length);
  }
  if (end === -1) return { markup: run, length: run.length };
  const content = text.slice(at + run.length, end).replace(/^ (.*\S.*) $/su, '$1');
  return { markup: `<code>${escapeHtml(content)}</code>`, length: end + run.length - at };
}

/** Strong or emphasised text that begins at `at` and ends before the next blank. */
function emphasis(text: string, at: number): Token | undefined {
  const mark = marks.find(({ sign }) => text.startsWith(sign, at));
  if (mark === undefined) return undefined;
  const start = at + mark.sign.length;
  const end = text.indexOf(mark.sign, start);
  if (end <= start || /\s/u.test(text[start] ?? ' ') || /\s/u.test(text[end - 1] ?? ' ')) return undefined;
  const inner = renderInline(text.slice(start, end)).html;
  return { markup: `<${mark.tag}>${inner}</${mark.tag}>`, length: end + mark.sign.length - at };
}

function token(text: string, at: number): Token {
  const sign = text[at] ?? '';
  const next = text[at + 1] ?? '';
  if (sign === '\\' && ESCAPABLE.test(next)) return { markup: escapeHtml(next), length: 2 };
  const entity = sign === '&' ? ENTITY.exec(text.slice(at, at + 8))?.[0] : undefined;
  if (entity !== undefined) return { markup: entity, length: entity.length };
  const special = sign === '`' ? codeSpan(text, at) : emphasis(text, at);
  return special ?? { markup: escapeHtml(sign), length: 1 };
}

/** One run of text: code spans, strong, emphasis, escapes and entities. Links and raw HTML stay text. */
export function renderInline(text: string): Html {
  let markup = '';
  let at = 0;
  while (at < text.length) {
    // Whole stretches of ordinary text at once.
    ordinary.lastIndex = at;
    const plain = ordinary.exec(text)?.[0];
    const { markup: piece, length } =
      plain === undefined ? token(text, at) : { markup: escapeHtml(plain), length: plain.length };
    markup += piece;
    at += length;
  }
  return { html: markup };
}
