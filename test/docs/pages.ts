import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import MarkdownIt from 'markdown-it';

export const root = resolve(import.meta.dirname, '../..');

/** Folders whose pages are not documents: foreign ones, and tickets that tests expect. */
const skipped = new Set(['node_modules', 'dist', 'coverage', '.git', 'golden']);

/** Every Markdown file of the project, relative to its root. */
export function pages(folder = root): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : pages(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** What a page refers to. */
export interface References {
  /** Targets of links and images, as they are written. */
  readonly links: readonly string[];
  /** Text in back-ticks, and the lines of code blocks. */
  readonly code: readonly string[];
  /** The anchors that a code host makes of the headings. */
  readonly anchors: ReadonlySet<string>;
}

const markdown = new MarkdownIt({ html: true });

/** Reads a page as a code host does, so that an example in a code block is no link. */
export function referencesOf(text: string): References {
  const tokens = markdown.parse(text, {});
  const inline = tokens.flatMap((token) => token.children ?? []);
  const blocks = tokens.filter(({ type }) => type === 'fence' || type === 'code_block');
  const headings = tokens.filter((_, at) => tokens[at - 1]?.type === 'heading_open');
  return {
    links: inline.flatMap((token) => token.attrGet('href') ?? token.attrGet('src') ?? []),
    code: [
      ...blocks.flatMap(({ content }) => content.split('\n')),
      ...inline.filter(({ type }) => type === 'code_inline').map(({ content }) => content),
    ],
    anchors: new Set(headings.map(({ content }) => anchorOf(content))),
  };
}

function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The rows of every table whose first header cell is `header`: cells without back-ticks around them. */
export function tableRows(text: string, header: string): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) {
      isInside = false;
      continue;
    }
    const cells = line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'));
    if (cells[0] === header) isInside = true;
    else if (isInside && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
}
