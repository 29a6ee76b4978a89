import { html, join } from './html.ts';
import type { Html } from './html.ts';
import { renderInline } from './inline.ts';

/**
 * The part of markdown that tickets use: headings, paragraphs, lists, quotes, tables, fenced code. Text is escaped
 * before anything is made of it: there is no way to raw HTML, links or images.
 */
export function renderMarkdown(text: string): Html {
  return renderBlocks(text.replaceAll('\r\n', '\n').split('\n'), 0);
}

interface Block {
  readonly block: Html;
  /** The first line that does not belong to it. */
  readonly end: number;
}

type Reader = (lines: readonly string[], at: number, depth: number) => Block | undefined;

/** Lists and quotes nest no deeper than this; what is deeper is shown as text. */
const DEEPEST = 6;

const FENCE = /^ {0,3}(`{3,}|~{3,})/u;
const HEADING = /^(#{1,6}) +(.*?)(?: +#+)?$/u;
const BULLET = /^( {0,3})([-*+]|\d{1,9}[.)])( +)(\S.*)$/u;
const TABLE_RULE = /^\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$/u;

const readers: readonly Reader[] = [fencedCode, heading, rule, table, quote, list];

function renderBlocks(lines: readonly string[], depth: number): Html {
  const blocks: Html[] = [];
  let at = 0;
  while (at < lines.length) {
    const { block, end } = nextBlock(lines, at, depth);
    blocks.push(block);
    at = end;
  }
  return join(blocks);
}

function nextBlock(lines: readonly string[], at: number, depth: number): Block {
  if (lines[at]?.trim() === '') return { block: html``, end: at + 1 };
  for (const reader of readers) {
    const found = reader(lines, at, depth);
    if (found !== undefined) return found;
  }
  return paragraph(lines, at, depth);
}

/** The first line from `at` on that fails the test. */
function endOf(
  lines: readonly string[],
  at: number,
  belongs: (line: string, index: number) => boolean,
): number {
  let end = at;
  while (end < lines.length && belongs(lines[end] ?? '', end)) end += 1;
  return end;
}

function fencedCode(lines: readonly string[], at: number): Block | undefined {
  const fence = FENCE.exec(lines[at] ?? '')?.[1];
  if (fence === undefined) return undefined;
  const isClosing = (line: string): boolean => {
    const rest = line.trim();
    return rest.length >= fence.length && rest.replaceAll(fence[0] ?? '`', '') === '';
  };
  const end = endOf(lines, at + 1, (line) => !isClosing(line));
  return { block: html`<pre><code>${lines.slice(at + 1, end).join('\n')}</code></pre>`, end: end + 1 };
}

function heading(lines: readonly string[], at: number): Block | undefined {
  const match = HEADING.exec(lines[at] ?? '');
  if (match === null) return undefined;
  // The page has its own first and second headings: those of a ticket begin below.
  const level = Math.min((match[1]?.length ?? 1) + 2, 6);
  return { block: { html: `<h${level}>${renderInline(match[2] ?? '').html}</h${level}>` }, end: at + 1 };
}

function rule(lines: readonly string[], at: number): Block | undefined {
  return /^ {0,3}([-*_])(?: *\1){2,} *$/u.test(lines[at] ?? '')
    ? { block: html`<hr />`, end: at + 1 }
    : undefined;
}

function cells(line: string): readonly Html[] {
  const inner = line.trim().replace(/^\|/u, '').replace(/\|$/u, '');
  // A pipe after a backslash is part of the text.
  return inner.split(/(?<!\\)\|/u).map((cell) => renderInline(cell.trim()));
}

function table(lines: readonly string[], at: number): Block | undefined {
  const head = lines[at] ?? '';
  if (!head.includes('|') || !TABLE_RULE.test(lines[at + 1]?.trim() ?? '')) return undefined;
  const end = endOf(lines, at + 2, (line) => line.includes('|'));
  const rows = lines.slice(at + 2, end).map(
    (line) =>
      html`<tr>
        ${cells(line).map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  const block = html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${cells(head).map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
  return { block, end };
}

function quote(lines: readonly string[], at: number, depth: number): Block | undefined {
  if (depth >= DEEPEST || !/^ {0,3}>/u.test(lines[at] ?? '')) return undefined;
  const end = endOf(lines, at, (line) => /^ {0,3}>/u.test(line));
  const inner = lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/u, ''));
  return { block: html`<blockquote>${renderBlocks(inner, depth + 1)}</blockquote>`, end };
}

/** The first line of a list item in its parts. */
interface Bullet {
  readonly isOrdered: boolean;
  /** Where the item's text begins: lines indented as far belong to it. */
  readonly indent: number;
  readonly text: string;
}

function bullet(line: string | undefined): Bullet | undefined {
  const match = BULLET.exec(line ?? '');
  if (match === null) return undefined;
  const [, margin = '', sign = '', gap = '', text = ''] = match;
  return { isOrdered: /\d/u.test(sign), indent: margin.length + sign.length + gap.length, text };
}

function list(lines: readonly string[], at: number, depth: number): Block | undefined {
  const first = bullet(lines[at]);
  if (first === undefined || depth >= DEEPEST) return undefined;
  const items: Html[] = [];
  let next = at;
  let item: Bullet | undefined = first;
  while (item !== undefined && item.isOrdered === first.isOrdered) {
    const { indent, text } = item;
    const end = itemEnd(lines, next + 1, indent);
    const rest = lines.slice(next + 1, end).map((line) => line.slice(Math.min(indent, line.search(/\S|$/u))));
    items.push(html`<li>${tighten([text, ...rest], depth + 1)}</li>`);
    next = end;
    item = bullet(lines[next]);
  }
  const block = first.isOrdered
    ? html`<ol>
        ${items}
      </ol>`
    : html`<ul>
        ${items}
      </ul>`;
  return { block, end: next };
}

/** Lines that are indented to the item's text belong to it, and so do blank lines between such lines. */
function itemEnd(lines: readonly string[], at: number, indent: number): number {
  const isInside = (line: string): boolean => line.search(/\S/u) >= Math.min(indent, 2);
  return endOf(
    lines,
    at,
    (line, index) => isInside(line) || (line.trim() === '' && isInside(lines[index + 1] ?? '')),
  );
}

/** A list item whose text is one paragraph stands without the paragraph's margins. */
function tighten(lines: readonly string[], depth: number): Html {
  const end = endOf(lines, 1, (line) => line.trim() !== '' && !startsBlock(line));
  const first = renderInline(lines.slice(0, end).join('\n'));
  return join([first, renderBlocks(lines.slice(end), depth)]);
}

function startsBlock(line: string): boolean {
  return FENCE.test(line) || HEADING.test(line) || BULLET.test(line) || /^ {0,3}>/u.test(line);
}

function paragraph(lines: readonly string[], at: number, _depth: number): Block {
  const end = endOf(lines, at + 1, (line) => line.trim() !== '' && !startsBlock(line));
  const text = lines.slice(at, end).map((line) => line.trim());
  return { block: html`<p>${renderInline(text.join('\n'))}</p>`, end };
}
