/** A piece of HTML that is safe to send: everything in it has been escaped. Only `html` and `trusted` make one. */
export interface Html {
  readonly html: string;
}

/** What may stand in a template: text is escaped, nothing at all is left out. */
export type Part = string | number | Html | undefined | readonly (Html | undefined)[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// What is not seen, or changes the order in which its neighbours are shown: a command could read otherwise than it runs.
// The list of bidirectional controls: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const UNSEEN =
  // oxlint-disable-next-line no-control-regex
  /[\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{2069}\u{feff}\u{e0000}-\u{e007f}]/gu;

/** Text with controls that are not seen as what they are: `‹U+202E›`. Tabs and line ends stay. */
export function showControls(text: string): string {
  return text.replaceAll(UNSEEN, (sign) => {
    const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}

/** Text for use in HTML content and in quoted attributes; controls are shown as what they are. */
export function escapeHtml(text: string): string {
  return showControls(text).replaceAll(/[&<>"']/gu, (sign) => entities[sign] ?? sign);
}

function toMarkup(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'html' in part ? part.html : part.map((piece) => piece?.html ?? '').join('');
}

/** Builds HTML: html`<p>${text}</p>` escapes `text` unless it is HTML made the same way. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.map((text, index) => text + toMarkup(parts[index])).join('');
  return { html: markup };
}
