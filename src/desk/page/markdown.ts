import MarkdownIt from 'markdown-it';
import type StateCore from 'markdown-it/lib/rules_core/state_core.mjs';
import type Token from 'markdown-it/lib/token.mjs';
import { html, showControls } from './html.ts';
import type { Html } from './html.ts';

/** CommonMark with tables. Raw HTML and images stay text, whoever wrote them. */
const parser = new MarkdownIt({ html: false, linkify: true, typographer: false });
parser.disable(['image', 'strikethrough']);
// A bare address is a link only when it names its scheme: file names and hosts are none.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// Links lead to https alone: no script, no data, no other program.
parser.validateLink = (address) => URL.canParse(address) && new URL(address).protocol === 'https:';
parser.core.ruler.push('desk', (state) => {
  setHeadings(state.tokens);
  for (const token of state.tokens)
    if (token.type === 'inline') token.children = markLinks(token.children ?? [], state);
});
parser.renderer.rules.fence = (tokens, index) => renderCode(tokens[index]?.content ?? '').html;
parser.renderer.rules.code_block = parser.renderer.rules.fence;
parser.renderer.rules['table_open'] = () =>
  '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>';
parser.renderer.rules['table_close'] = () => '</table></div>';

/** The page has first and second headings of its own: those of a ticket begin below, and leave no level out. */
function setHeadings(tokens: readonly Token[]): void {
  const headings = tokens.filter(({ type }) => type.startsWith('heading_'));
  const levels = [...new Set(headings.map(({ tag }) => tag))].toSorted();
  let last = 2;
  for (const token of headings) {
    // The end of a heading is at the level of its beginning.
    if (token.nesting === 1) last = Math.min(levels.indexOf(token.tag) + 3, last + 1, 6);
    token.tag = `h${last}`;
  }
}

/** A text of another's choice must not hide where a link leads: its host stands behind it, unless it is the text. */
function markLinks(tokens: readonly Token[], state: StateCore): Token[] {
  let host = '';
  let text = '';
  return tokens.flatMap((token) => {
    if (token.type === 'link_open') {
      const isPlain = token.markup === 'linkify' || token.markup === 'autolink';
      host = isPlain ? '' : new URL(String(token.attrGet('href'))).host;
      text = '';
      token.attrSet('rel', 'noopener noreferrer');
      token.attrSet('target', '_blank');
    }
    text += token.content;
    if (token.type !== 'link_close' || host === '' || host === text) return [token];
    const where = new state.Token('text', '', 0);
    where.content = ` (${host})`;
    return [token, where];
  });
}

/** A block of code with a place for a button that copies it. */
export function renderCode(text: string): Html {
  return html`<div class="code" data-copy>
    <pre tabindex="0"><code>${text.replace(/\n$/u, '')}</code></pre>
  </div>`;
}

/** Markdown as HTML of an allow-list of elements: no raw HTML, no images, links to https alone. */
export function renderMarkdown(text: string): Html {
  // At the end, as an entity may stand for a control.
  return { html: showControls(parser.render(text)) };
}
