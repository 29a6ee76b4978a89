import { severities } from '../../domain/ticket.ts';
import { statuses } from '../api/ticket-input.ts';
import type { TicketRow, TicketSummaryRow } from '../store.ts';
import { sourceLabel, statusLabel } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { ageElement } from './times.ts';

/** What the list of tickets is filtered by: empty text for no filter. */
export interface ListView {
  readonly q: string;
  readonly status: string;
  readonly severity: string;
  readonly page: number;
}

/** The tickets of one page of the list. */
export interface ListContent {
  readonly view: ListView;
  readonly rows: readonly TicketSummaryRow[];
  readonly total: number;
  readonly pageSize: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly now: number;
}

/** The subject, with the marker that finds it again set back. */
export function renderSubject(subject: string): Html {
  const match = /^(.*\S)\s*(\[[a-z0-9-]+\])$/su.exec(subject);
  if (match === null) return html`${subject}`;
  return html`${match[1]} <span class="marker">${match[2]}</span>`;
}

/** Severity as a coloured word. */
export function severityBadge(severity: string | null): Html {
  return severity === null
    ? html`<span class="none">none</span>`
    : html`<span class="badge ${severity}">${severity}</span>`;
}

/** Status as a coloured word. */
export function statusBadge(status: TicketRow['status']): Html {
  return html`<span class="badge ${status}">${statusLabel(status)}</span>`;
}

function row(ticket: TicketSummaryRow, now: number): Html {
  return html`<tr>
    <td>${severityBadge(ticket.severity)}</td>
    <td>${statusBadge(ticket.status)}</td>
    <td class="subject"><a href="/tickets/${ticket.id}">${renderSubject(ticket.subject)}</a></td>
    <td class="nowrap hide-small" title="${ticket.cluster_id ?? ''}">
      ${ticket.cluster_name ?? ticket.cluster_id?.slice(0, 8) ?? '–'}
    </td>
    <td class="nowrap hide-small">${sourceLabel(ticket.source)}</td>
    <td class="nowrap">${ageElement(ticket.created_at, now)}</td>
  </tr>`;
}

function select(
  name: string,
  all: string,
  choices: { readonly values: readonly string[]; readonly chosen: string },
): Html {
  const options = choices.values.map(
    (value) =>
      html`<option value="${value}" ${value === choices.chosen ? html` selected` : undefined}>
        ${value.replaceAll('_', ' ')}
      </option>`,
  );
  return html`<select name="${name}" aria-label="${name}">
    <option value="">${all}</option>
    ${options}
  </select>`;
}

function pageLinks({ view, total, pageSize }: ListContent): Html | undefined {
  const pages = Math.ceil(total / pageSize);
  if (pages <= 1) return undefined;
  const link = (page: number, text: string): Html | undefined => {
    if (page < 1 || page > pages) return undefined;
    const query = new URLSearchParams({
      q: view.q,
      status: view.status,
      severity: view.severity,
      page: String(page),
    });
    return html`<a href="/?${query.toString()}">${text}</a>`;
  };
  return html`<nav class="pages">
    ${link(view.page - 1, '← newer')}<span>page ${view.page} of ${pages}</span
    >${link(view.page + 1, 'older →')}
  </nav>`;
}

function summary(counts: Readonly<Record<string, number>>): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const done = (counts['resolved'] ?? 0) + (counts['closed'] ?? 0);
  return all === 0 ? 'Nothing has been filed yet.' : `${all - done} open, ${done} resolved or closed`;
}

function emptyText(view: ListView): string {
  const isFiltered = view.q !== '' || view.status !== '' || view.severity !== '';
  return isFiltered ? 'No ticket matches.' : 'No tickets. A new one appears here by itself.';
}

/** The content of the list page. */
export function renderList(content: ListContent): Html {
  const { view, rows, now } = content;
  const table = html`<table>
    <thead>
      <tr>
        <th>Severity</th>
        <th>Status</th>
        <th>Subject</th>
        <th class="hide-small">Cluster</th>
        <th class="hide-small">Source</th>
        <th>Created</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map((ticket) => row(ticket, now))}
    </tbody>
  </table>`;
  return html`<h1>Tickets</h1>
    <p class="sub" data-live="summary">${summary(content.counts)}</p>
    <form class="filters" method="get" action="/">
      <input
        type="search"
        name="q"
        value="${view.q}"
        placeholder="Text in the subject"
        aria-label="Text in the subject"
      />
      ${select('status', 'every status', { values: statuses, chosen: view.status })}
      ${select('severity', 'every severity', { values: severities, chosen: view.severity })}
      <button type="submit">Filter</button>
    </form>
    <div class="card tickets" data-live="tickets">
      ${rows.length === 0 ? html`<div class="empty">${emptyText(view)}</div>` : table}
    </div>
    <div data-live="pages">${pageLinks(content)}</div>`;
}
