import { COMMENT_LIMIT } from '../../domain/ticket.ts';
import { isRecord } from '../api/problems.ts';
import { statuses } from '../api/requests.ts';
import type { AttachmentRow, CommentRow, StatusChangeRow, TicketRow } from '../rows.ts';
import { sourceLabel, statusLabel } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField } from './layout.ts';
import { renderSubject, severityBadge, stateBadge, workloadName } from './list-page.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTimeLine } from './time-line.ts';
import { ageElement, readableTime } from './times.ts';
import { renderTree } from './tree.ts';

/** One ticket with everything on its page. */
export interface TicketContent {
  readonly ticket: TicketRow;
  readonly comments: readonly CommentRow[];
  readonly changes: readonly StatusChangeRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly now: number;
  readonly csrf: string | undefined;
}

/** JSON that was stored; undefined for none, and for what is no JSON. */
function parse(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The environment as a tree. As JSON it is on a page of its own, as it may be large. */
function environmentCard(id: string, environment: unknown): Html | undefined {
  if (!isRecord(environment)) return undefined;
  return html`<section class="card" data-key="environment">
    <h2>Environment</h2>
    <div class="tree">${renderTree(environment)}</div>
    <p class="raw"><a href="/tickets/${id}/environment">Raw JSON</a></p>
  </section>`;
}

/** What the person who filed it has answered to the questions of the review. */
function answersCard(text: string | null): Html | undefined {
  const answers = parse(text);
  if (!Array.isArray(answers) || answers.length === 0) return undefined;
  return html`<section class="card" data-key="answers">
    <h2>Answers to the review</h2>
    <div class="tree">${renderTree({ answers })}</div>
  </section>`;
}

function fact(name: string, value: string | Html | null | undefined): Html | undefined {
  if (value === null || value === undefined) return undefined;
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

function copied(value: string | null, what: string): Html | null {
  return value === null ? null : html`<span class="id" data-copy="Copy ${what}"><code>${value}</code></span>`;
}

function factsCard({ ticket, now }: TicketContent): Html {
  const time = (at: string | null): Html | undefined =>
    at === null ? undefined : html`${readableTime(at)}<br />${ageElement(at, now)}`;
  return html`<aside class="card side" data-key="facts" aria-label="Facts">
    <dl class="facts">
      ${fact('Workload', workloadName(ticket))} ${fact('Class', ticket.class)}
      ${fact('Cluster', ticket.cluster_name)} ${fact('Failing since', time(ticket.failing_since))}
      ${fact('Last activity', time(ticket.updated_at))}
      ${fact('Occurrences', ticket.occurrences === null ? null : String(ticket.occurrences))}
      ${fact('Status', statusLabel(ticket.status))} ${fact('Filed by', sourceLabel(ticket.source))}
      ${fact('Category', ticket.category.replaceAll('_', ' '))} ${fact('Review', ticket.ai_review_status)}
      ${fact('Ticket ID', copied(ticket.id, 'the ticket ID'))}
      ${fact('Cluster ID', copied(ticket.cluster_id, 'the cluster ID'))}
      ${fact('Organisation ID', copied(ticket.organisation_id, 'the organisation ID'))}
    </dl>
  </aside>`;
}

function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024)} KiB`;
}

function attachmentsCard({ ticket, attachments, csrf }: TicketContent): Html {
  const items = attachments.map(
    (file) =>
      html`<li>
        <a href="/tickets/${ticket.id}/attachments/${file.id}">${file.filename}</a>
        <span class="none">${file.content_type}, ${size(file.size_bytes)}</span>
      </li>`,
  );
  return html`<section class="card" data-key="attachments">
    <h2>Attachments</h2>
    ${
      items.length === 0
        ? html`<p class="none">None yet.</p>`
        : html`<ul>
            ${items}
          </ul>`
    }
    <form class="row" method="post" action="/tickets/${ticket.id}/attachments" enctype="multipart/form-data">
      ${csrfField(csrf)}
      <input type="file" name="file" required aria-label="File to attach, 5 MiB at most" />
      <button type="submit">Attach</button>
    </form>
  </section>`;
}

/** Closing takes what has been typed along as a comment. */
function actions({ ticket, csrf }: TicketContent): Html {
  const [next, words] = ticket.state === 'closed' ? ['open', 'Reopen'] : ['closed', 'Close'];
  const options = statuses.map(
    (status) =>
      html`<option value="${status}" ${status === ticket.status ? html` selected` : undefined}>
        ${statusLabel(status)}
      </option>`,
  );
  return html`<section class="card actions" data-key="actions">
    <h2>Answer</h2>
    <form method="post" action="/tickets/${ticket.id}/comments">
      ${csrfField(csrf)}
      <textarea
        id="comment"
        name="body"
        maxlength="${COMMENT_LIMIT}"
        data-draft="${ticket.id}"
        placeholder="What you found, or what you need to know. Markdown is understood."
        aria-label="Comment"
      ></textarea>
      <div class="row">
        <button class="main" type="submit">Comment</button>
        <button type="submit" formaction="/tickets/${ticket.id}/status" name="status" value="${next}">
          ${words}
        </button>
      </div>
    </form>
    <form class="row" method="post" action="/tickets/${ticket.id}/status">
      ${csrfField(csrf)}
      <select name="status" aria-label="Status">
        ${options}
      </select>
      <button type="submit">Set status</button>
    </form>
  </section>`;
}

/** The content of the page of one ticket. */
export function renderTicket(content: TicketContent): Html {
  const { ticket, now } = content;
  const environment = parse(ticket.environment);
  return html`<div class="heading" data-key="heading">
      <div class="badges">
        ${severityBadge(ticket.severity)} ${stateBadge(ticket)}
        <span>filed by ${sourceLabel(ticket.source)} ${ageElement(ticket.created_at, now)}</span>
      </div>
      <h1>${renderSubject(ticket.subject)}</h1>
    </div>
    <div class="columns" data-key="columns">
      <div>
        <section class="card text-body" data-key="description">
          <h2>Description</h2>
          ${renderMarkdown(ticket.description)}
        </section>
        ${renderTimeLine({ ...content, environment })} ${actions(content)} ${attachmentsCard(content)}
        ${answersCard(ticket.clarification_answers)} ${environmentCard(ticket.id, environment)}
      </div>
      ${factsCard(content)}
    </div>`;
}
