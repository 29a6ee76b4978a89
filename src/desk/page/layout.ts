import { html } from './html.ts';
import type { Html } from './html.ts';

/** A page's own part. */
export interface Page {
  readonly title: string;
  readonly content: Html;
  /** Milliseconds after which the page looks for news, beside what the desk tells it. */
  readonly refreshMs?: number;
}

/** What every page shows around its content. */
export interface PageFrame extends Page {
  /** Allows exactly the style and script of this answer. */
  readonly nonce: string;
  /** State of the desk that the page shows; the script looks for a newer one. */
  readonly revision: string;
  /** Epoch milliseconds, by the clock of the desk. */
  readonly now: number;
  /** There is a page of the demo's cluster. */
  readonly hasCluster: boolean;
  /** Undefined where nobody signs in. */
  readonly csrf: string | undefined;
}

/** The hidden field that every form carries where people sign in. */
export function csrfField(csrf: string | undefined): Html | undefined {
  return csrf === undefined ? undefined : html`<input type="hidden" name="csrf" value="${csrf}" />`;
}

const shortcuts: readonly (readonly [key: string, what: string])[] = [
  ['j', 'next ticket'],
  ['k', 'ticket before'],
  ['Enter', 'open the ticket'],
  ['/', 'search'],
  ['c', 'write a comment'],
  ['u', 'back to the list'],
  ['Esc', 'leave a field'],
  ['?', 'this list'],
];

function help(): Html {
  return html`<dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keyboard</h2>
    <dl class="keys">
      ${shortcuts.map(
        ([key, what]) =>
          html`<div>
            <dt><kbd>${key}</kbd></dt>
            <dd>${what}</dd>
          </div>`,
      )}
    </dl>
    <form method="dialog"><button>Close</button></form>
  </dialog>`;
}

function header({ hasCluster, csrf }: PageFrame): Html {
  return html`<header class="top">
    <nav aria-label="Pages">
      <a href="/" data-list>Ticket desk</a>
      ${hasCluster ? html`<a class="plain" href="/cluster">Cluster</a>` : undefined}
    </nav>
    <div class="row">
      <span id="live" class="live lost" role="status">not live</span>
      <button type="button" class="quiet" data-opens="keys" aria-label="Keyboard shortcuts">?</button>
      ${
        csrf === undefined
          ? undefined
          : html`<form method="post" action="/sign-out">
              ${csrfField(csrf)}<button class="quiet">Sign out</button>
            </form>`
      }
    </div>
  </header>`;
}

/** A whole page. */
export function renderPage(frame: PageFrame): string {
  const { title, nonce, revision, content, now, refreshMs } = frame;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/desk.css" nonce="${nonce}" />
        <script type="module" src="/assets/desk.js" nonce="${nonce}"></script>
      </head>
      <body data-revision="${revision}" data-now="${now}" data-refresh="${refreshMs ?? ''}">
        <a class="skip" href="#main">To the content</a>
        ${header(frame)}
        <main id="main" tabindex="-1">${content}</main>
        ${help()}
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
