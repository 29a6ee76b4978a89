import { COMMENT_LIMIT } from '../../domain/ticket.ts';
import { isRecord } from '../api/problems.ts';
import type { AttachmentRow, CommentRow, TicketRow } from '../store.ts';
import { sourceLabel } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderSubject, severityBadge, statusBadge } from './list-page.ts';
import { renderMarkdown } from './markdown.ts';
import { ageElement, readableTime } from './times.ts';
import { renderTree } from './tree.ts';

/** One ticket with everything on its page. */
export interface TicketContent {
  readonly ticket: TicketRow;
  readonly comments: readonly CommentRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly now: number;
  /** Goes back with every form; undefined without a sign-in. */
  readonly csrf: string | undefined;
}

/** The environment as a tree, and below it as the JSON that was sent. */
function environmentCard(text: string | null): Html | undefined {
  if (text === null) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) return undefined;
  return html`<section class="card">
    <h2>Environment</h2>
    <div class="tree">${renderTree(value)}</div>
    <details class="raw">
      <summary>As JSON</summary>
      <pre>${JSON.stringify(value, null, 2)}</pre>
    </details>
  </section>`;
}

function fact(name: string, value: string | Html | null, className = ''): Html | undefined {
  return value === null
    ? undefined
    : html`<dt>${name}</dt>
        <dd class="${className}">${value}</dd>`;
}

function factsCard({ ticket, now }: TicketContent): Html {
  const review = { pending: 'pending', passed: 'passed', flagged: 'flagged' }[ticket.ai_review_status];
  return html`<aside class="card side">
    <dl class="facts">
      ${fact('Cluster', ticket.cluster_name)} ${fact('Cluster ID', ticket.cluster_id, 'id')}
      ${fact('Filed by', sourceLabel(ticket.source))}
      ${fact('Category', ticket.category.replaceAll('_', ' '))}
      ${fact('Created', html`${readableTime(ticket.created_at)}<br />${ageElement(ticket.created_at, now)}`)}
      ${fact('Updated', readableTime(ticket.updated_at))} ${fact('Review', review)}
      ${fact('Ticket ID', ticket.id, 'id')} ${fact('Organisation ID', ticket.organisation_id, 'id')}
    </dl>
  </aside>`;
}

function comment(entry: CommentRow, now: number): Html {
  return html`<div class="comment">
    <div class="who"><b>${entry.author_label}</b> · ${ageElement(entry.created_at, now)}</div>
    <div class="text-body">${renderMarkdown(entry.body)}</div>
  </div>`;
}

function attachmentList(ticketId: string, attachments: readonly AttachmentRow[]): Html | undefined {
  if (attachments.length === 0) return undefined;
  const items = attachments.map(
    (file) =>
      html`<li>
        <a href="/tickets/${ticketId}/attachments/${file.id}">${file.filename}</a>
        <span class="marker">${file.content_type}, ${file.size_bytes} bytes</span>
      </li>`,
  );
  return html`<section class="card text-body">
    <h2>Attachments</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}

function closeButton(id: string): Html {
  return html`<button type="submit" formaction="/tickets/${id}/close" formnovalidate>
    Close the ticket
  </button>`;
}

function actions({ ticket, csrf }: TicketContent): Html {
  return html`<section class="card actions">
    <h2>Answer</h2>
    <form method="post" action="/tickets/${ticket.id}/comments">
      ${csrf === undefined ? undefined : html`<input type="hidden" name="csrf" value="${csrf}" />`}
      <textarea
        name="body"
        required
        maxlength="${COMMENT_LIMIT}"
        placeholder="What you found, or what you need to know"
        aria-label="Comment"
      ></textarea>
      <div class="row">
        <button class="main" type="submit">Comment</button>
        ${ticket.status === 'closed' ? undefined : closeButton(ticket.id)}
      </div>
    </form>
  </section>`;
}

/** The content of the page of one ticket. */
export function renderTicket(content: TicketContent): Html {
  const { ticket, comments, attachments, now } = content;
  const talk =
    comments.length === 0
      ? undefined
      : html`<section class="card">
          <h2>Comments</h2>
          ${comments.map((entry) => comment(entry, now))}
        </section>`;
  return html`<div class="heading">
      <div class="badges" data-live="status">
        ${severityBadge(ticket.severity)} ${statusBadge(ticket.status)}
        <span>filed by ${sourceLabel(ticket.source)} ${ageElement(ticket.created_at, now)}</span>
      </div>
      <h1>${renderSubject(ticket.subject)}</h1>
    </div>
    <div class="columns">
      <div>
        <section class="card text-body">
          <h2>Description</h2>
          ${renderMarkdown(ticket.description)}
        </section>
        <div data-live="comments">${talk}</div>
        ${actions(content)} ${environmentCard(ticket.environment)}
        <div data-live="attachments">${attachmentList(ticket.id, attachments)}</div>
      </div>
      ${factsCard(content)}
    </div>`;
}
