import { html } from './html.ts';
import type { Html } from './html.ts';
import { script, styles } from './assets.ts';

/** What every page shows around its content. */
export interface PageFrame {
  readonly title: string;
  /** Allows exactly the style and script of this answer. */
  readonly nonce: string;
  /** State of the desk that the page shows; the script looks for a newer one. */
  readonly revision: string;
  readonly content: Html;
}

/** A whole page. */
export function renderPage({ title, nonce, revision, content }: PageFrame): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${{ html: styles }}
        </style>
      </head>
      <body data-revision="${revision}">
        <header class="top">
          <a href="/">Ticket desk</a><span id="live" class="live" role="status">live</span>
        </header>
        <main>${content}</main>
        <script nonce="${nonce}">
          ${{ html: script }};
        </script>
      </body>
    </html> `;
  return page.html;
}

/** Headers of every page: nothing from elsewhere, no framing, no script but our own. */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  const policy = [
    `default-src 'none'`,
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `connect-src 'self'`,
    `img-src data:`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ];
  return {
    'content-security-policy': policy.join('; '),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
}
