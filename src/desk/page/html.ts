/** A piece of HTML that is safe to send: everything in it has been escaped. Only `html` and `join` make one. */
export interface Html {
  readonly html: string;
}

/** What may stand in a template: text is escaped, nothing at all is left out. */
export type Part = string | number | Html | undefined | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for use in HTML content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (sign) => entities[sign] ?? sign);
}

function toMarkup(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'html' in part ? part.html : part.map((piece) => piece.html).join('');
}

/** Builds HTML: html`<p>${text}</p>` escapes `text` unless it is HTML made the same way. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.map((text, index) => text + toMarkup(parts[index])).join('');
  return { html: markup };
}

/** Pieces put together with a separator between them. */
export function join(pieces: readonly Html[], separator = ''): Html {
  return { html: pieces.map((piece) => piece.html).join(escapeHtml(separator)) };
}
