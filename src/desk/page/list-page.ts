import { severities } from '../../domain/ticket.ts';
import { statuses } from '../api/requests.ts';
import type { ListFilter } from '../list-sql.ts';
import { states } from '../rows.ts';
import type { State, TicketSummaryRow } from '../rows.ts';
import { statusLabel } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { ageElement } from './times.ts';

/** How many tickets are on one page of the list. */
export const PAGE_SIZE = 50;

/** What can stand in the address of the list. */
const filters = ['q', 'state', 'status', 'severity', 'class', 'namespace', 'workload', 'cluster'] as const;

/** What the list of tickets is filtered by: empty text for no filter. */
export type ListView = Readonly<Record<(typeof filters)[number], string>> & { readonly page: number };

/** The tickets of one page of the list. */
export interface ListContent {
  readonly view: ListView;
  readonly rows: readonly TicketSummaryRow[];
  readonly total: number;
  /** How many tickets there are in each state, whatever is filtered. */
  readonly counts: Readonly<Record<string, number>>;
  /** The classes of failure that tickets have. */
  readonly classes: readonly string[];
  readonly now: number;
}

/** Reads the address of the list; what cannot be understood is no filter. */
export function listView(query: Readonly<Record<string, unknown>>): ListView {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 253) : '');
  const among = (name: string, known: readonly string[]): string =>
    known.find((one) => one === text(name)) ?? '';
  return {
    q: text('q'),
    state: among('state', states),
    status: among('status', statuses),
    severity: among('severity', severities),
    class: text('class'),
    namespace: text('namespace'),
    workload: text('workload'),
    cluster: text('cluster'),
    page: Math.min(1e6, Math.max(1, Math.trunc(Number(text('page'))) || 1)),
  };
}

/** The same for the store. */
export function listFilter(view: ListView): ListFilter {
  const { q, state, status, severity, namespace, workload, cluster, page } = view;
  const given = { text: q, severity, class: view.class, namespace, workload, clusterId: cluster };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    states: state === '' ? [] : [state as State],
    statuses: status === '' ? [] : [status],
    limit: PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
  };
}

/** The address of a list: without what is not filtered by. */
function listPath(view: Partial<ListView>): string {
  const given = Object.entries(view).filter(
    ([name, value]) => value !== '' && !(name === 'page' && value === 1),
  );
  const query = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return query === '' ? '/' : `/?${query}`;
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

/** Where the failure stands; and the status of the ticket where that says more. */
export function stateBadge({ state, status }: Pick<TicketSummaryRow, 'state' | 'status'>): Html {
  const isPlain = status === 'open' || status === 'closed';
  return html`<span class="badge ${state}">${state}</span>${
      isPlain ? undefined : html` <span class="badge ${status}">${statusLabel(status)}</span>`
    }`;
}

/** `Deployment shop/checkout`; undefined for a ticket about none. */
export function workloadName({
  workload_kind: kind,
  namespace,
  workload,
}: TicketSummaryRow): string | undefined {
  if (workload === null) return undefined;
  return `${kind ?? ''} ${namespace === null ? '' : `${namespace}/`}${workload}`.trim();
}

function about(ticket: TicketSummaryRow): Html | undefined {
  const { class: failure, namespace, workload } = ticket;
  const name = workloadName(ticket);
  if (failure === null && name === undefined) return undefined;
  const ofClass =
    failure === null ? undefined : html`<a href="${listPath({ class: failure })}">${failure}</a>`;
  const ofWorkload =
    name === undefined
      ? undefined
      : html`<a href="${listPath({ workload: workload ?? '', namespace: namespace ?? '' })}">${name}</a>`;
  return html`<div class="about">
    ${ofClass}${ofClass === undefined || ofWorkload === undefined ? undefined : ' · '}${ofWorkload}
  </div>`;
}

function row(ticket: TicketSummaryRow, now: number): Html {
  const { id, cluster_id: cluster, cluster_name: clusterName } = ticket;
  const clusterLink =
    cluster === null
      ? html`<span class="none">none</span>`
      : html`<a href="${listPath({ cluster })}">${clusterName ?? cluster.slice(0, 8)}</a>`;
  return html`<tr data-key="${id}">
    <td data-label="Severity">${severityBadge(ticket.severity)}</td>
    <td data-label="State">${stateBadge(ticket)}</td>
    <td class="subject">
      <a href="/tickets/${id}" data-row>${renderSubject(ticket.subject)}</a>${about(ticket)}
    </td>
    <td data-label="Cluster" class="short">${clusterLink}</td>
    <td data-label="Failing since" class="short">
      ${ageElement(ticket.failing_since ?? ticket.created_at, now)}
    </td>
    <td data-label="Last activity" class="short">${ageElement(ticket.updated_at, now)}</td>
    <td data-label="Occurrences" class="number">${ticket.occurrences ?? '–'}</td>
    <td data-label="Comments" class="number">${ticket.comment_count}</td>
  </tr>`;
}

interface Choices {
  readonly values: readonly string[];
  readonly chosen: string;
}

function select(name: string, all: string, { values, chosen }: Choices): Html {
  const options = [...new Set([...values, ...(chosen === '' ? [] : [chosen])])].map(
    (value) =>
      html`<option value="${value}" ${value === chosen ? html` selected` : undefined}>
        ${value.replaceAll('_', ' ')}
      </option>`,
  );
  return html`<select name="${name}" aria-label="${name}">
    <option value="">${all}</option>
    ${options}
  </select>`;
}

function pageLinks({ view, total }: ListContent): Html | undefined {
  const pages = Math.ceil(total / PAGE_SIZE);
  if (pages <= 1 && view.page === 1) return undefined;
  const link = (page: number, text: string): Html | undefined =>
    page < 1 || page > pages ? undefined : html`<a href="${listPath({ ...view, page })}">${text}</a>`;
  return html`<nav class="pages" aria-label="Pages of the list">
    ${link(view.page - 1, '← newer')}<span>page ${view.page} of ${pages}</span
    >${link(view.page + 1, 'older →')}
  </nav>`;
}

function summary({ counts, total, view }: ListContent): string {
  const { open = 0, recovered = 0, closed = 0 } = counts;
  if (open + recovered + closed === 0) return 'Nothing has been filed yet.';
  const all = `${open} open, ${recovered} recovered, ${closed} closed`;
  return isFiltered(view) ? `${total} of these match: ${all}` : all;
}

function isFiltered(view: ListView): boolean {
  return filters.some((name) => view[name] !== '');
}

/** Filters that no field shows, each with a way out of it. */
function chips(view: ListView): Html | undefined {
  const set = (['workload', 'namespace', 'cluster'] as const).filter((name) => view[name] !== '');
  if (set.length === 0) return undefined;
  return html`<p class="chips">
    ${set.map(
      (name) =>
        html`<a class="chip" href="${listPath({ ...view, [name]: '', page: 1 })}" title="Any ${name}"
          >${name}: ${view[name]} <span aria-hidden="true">✕</span></a
        > `,
    )}
  </p>`;
}

function filterForm({ view, classes }: ListContent): Html {
  const kept = (['workload', 'namespace', 'cluster'] as const).filter((name) => view[name] !== '');
  return html`<form class="filters" method="get" action="/" role="search" autocomplete="off">
    <input
      type="search"
      id="search"
      name="q"
      value="${view.q}"
      placeholder="Words of subject or text"
      aria-label="Words of subject or text"
    />
    ${select('state', 'every state', { values: states, chosen: view.state })}
    ${select('severity', 'every severity', { values: severities, chosen: view.severity })}
    ${select('class', 'every class', { values: classes, chosen: view.class })}
    ${select('status', 'every status', { values: statuses, chosen: view.status })}
    ${kept.map((name) => html`<input type="hidden" name="${name}" value="${view[name]}" />`)}
    <button type="submit">Search</button>
    ${isFiltered(view) ? html`<a class="clear" href="/">Clear</a>` : undefined}
  </form>`;
}

function table(rows: readonly TicketSummaryRow[], now: number): Html {
  return html`<table class="cards">
    <thead>
      <tr>
        <th>Severity</th>
        <th>State</th>
        <th>Ticket</th>
        <th>Cluster</th>
        <th>Failing since</th>
        <th>Last activity</th>
        <th class="number"><abbr title="Occurrences">Occ.</abbr></th>
        <th class="number"><abbr title="Comments">Com.</abbr></th>
      </tr>
    </thead>
    <tbody>
      ${rows.map((ticket) => row(ticket, now))}
    </tbody>
  </table>`;
}

/** The content of the list page. */
export function renderList(content: ListContent): Html {
  const { view, rows, now } = content;
  const empty = isFiltered(view) ? 'No ticket matches.' : 'No tickets. A new one appears here by itself.';
  return html`<h1>Tickets</h1>
    <p class="sub">${summary(content)}</p>
    ${filterForm(content)} ${chips(view)}
    <div class="card tickets">
      ${rows.length === 0 ? html`<div class="empty">${empty}</div>` : table(rows, now)}
    </div>
    ${pageLinks(content)}`;
}
