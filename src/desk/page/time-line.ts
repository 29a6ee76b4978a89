import { isRecord } from '../api/problems.ts';
import type { AttachmentRow, CommentRow, StatusChangeRow, TicketRow } from '../rows.ts';
import { sourceLabel, statusLabel } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { ageElement, isTime, readableTime } from './times.ts';

/** What a time line is made of. */
export interface TimeLineContent {
  readonly ticket: TicketRow;
  readonly comments: readonly CommentRow[];
  readonly changes: readonly StatusChangeRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly environment: unknown;
  readonly now: number;
}

interface Entry {
  /** RFC 3339. */
  readonly at: string;
  readonly key: string;
  /** Class of the mark beside it. */
  readonly mark: string;
  readonly title: string;
  readonly who?: string;
  readonly body?: Html;
}

/** Failing since, opened, filed: what was before anybody wrote. */
function beginning({ ticket, environment }: TimeLineContent): readonly Entry[] {
  const collectedAt = isRecord(environment) ? environment['collectedAt'] : undefined;
  const { failing_since: since, created_at: filedAt, source } = ticket;
  return [
    ...(since === null ? [] : [{ at: since, key: 'since', mark: 'failing', title: 'Failing since' }]),
    ...(typeof collectedAt === 'string' && isTime(collectedAt)
      ? [{ at: collectedAt, key: 'opened', mark: '', title: 'Incident opened, evidence collected' }]
      : []),
    { at: filedAt, key: 'filed', mark: 'open', title: 'Filed', who: `by ${sourceLabel(source)}` },
  ];
}

function ofComment({ id, body, author_label: label, author_type: type, created_at: at }: CommentRow): Entry {
  const isRecovery = type === 'agent' && body.startsWith('**Recovered**');
  const [mark, title] = isRecovery ? ['recovered', 'Recovered'] : ['', 'Comment'];
  return {
    at,
    key: id,
    mark,
    title,
    who: `by ${label}`,
    body: html`<div class="text-body">${renderMarkdown(body)}</div>`,
  };
}

function ofChange({ status, author_label: label, at }: StatusChangeRow, index: number): Entry {
  const mark = status === 'closed' || status === 'resolved' ? 'closed' : '';
  const words = statusLabel(status);
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return {
    at,
    key: `status-${index}`,
    mark,
    title: status === 'open' ? 'Reopened' : title,
    who: `by ${label}`,
  };
}

function ofAttachment({ id, filename, created_at: at }: AttachmentRow): Entry {
  return { at, key: id, mark: '', title: `Attached ${filename}` };
}

function entry({ at, key, mark, title, who, body }: Entry, now: number): Html {
  return html`<li class="entry ${mark}" data-key="${key}">
    <div class="who">
      <b>${title}</b> ${who} · ${ageElement(at, now)} <span class="none">${readableTime(at)}</span>
    </div>
    ${body}
  </li>`;
}

/** Everything that has happened to a ticket, oldest first. */
export function renderTimeLine(content: TimeLineContent): Html {
  const { comments, changes, attachments, now } = content;
  const after = [...comments.map(ofComment), ...changes.map(ofChange), ...attachments.map(ofAttachment)];
  const entries = [
    ...beginning(content),
    ...after.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)),
  ];
  return html`<section class="card" data-key="time-line">
    <h2>Time line</h2>
    <ol class="time-line">
      ${entries.map((one) => entry(one, now))}
    </ol>
  </section>`;
}
