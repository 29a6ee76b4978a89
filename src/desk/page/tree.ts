import { html } from './html.ts';
import type { Html } from './html.ts';
import { isRecord } from '../api/problems.ts';
import { isTime, readableTime } from './times.ts';

/** Below this depth values are shown as JSON. */
const DEEPEST = 10;
/** Sections that are open from the start, because they are what one looks at first: the rest is one click away. */
const openSections: readonly string[] = ['incident', 'owner', 'rollout', 'containers', 'events', 'logs'];

/** `lastTransitionTime` → `last transition time`; names that are not in camel case stay as they are. */
function label(key: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/u.test(key)) return key;
  return key.replaceAll(/([a-z0-9])([A-Z]+)/gu, (_match, before: string, capitals: string) =>
    capitals.length > 1 ? `${before} ${capitals}` : `${before} ${capitals.toLowerCase()}`,
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function scalar(value: unknown): Html {
  if (isEmpty(value)) return html`<span class="none">none</span>`;
  if (typeof value === 'string' && value.includes('\n')) return html`<pre>${value}</pre>`;
  if (typeof value === 'string' && isTime(value))
    return html`<time datetime="${value}">${readableTime(value)}</time>`;
  if (typeof value === 'string') return html`${value}`;
  if (typeof value === 'boolean') return html`${value ? 'yes' : 'no'}`;
  // Numbers, and what lies too deep.
  return html`${JSON.stringify(value)}`;
}

/** A list of words stands one below the other, lines of a log in a block of their own. */
function lines(values: readonly string[]): Html {
  if (values.some((value) => /\s/u.test(value))) return html`<pre>${values.join('\n')}</pre>`;
  return html`<ul class="words">
    ${values.map((value) => html`<li>${value}</li>`)}
  </ul>`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function node(value: unknown, depth: number): Html {
  if (depth >= DEEPEST || isEmpty(value)) return scalar(value);
  if (Array.isArray(value)) return items(value, depth);
  return isRecord(value) ? fields(value, depth) : scalar(value);
}

/** More columns than this do not fit on a page. */
const WIDEST_TABLE = 8;

/** The columns under which a list of flat objects (conditions, events, taints) fits into a table. */
function columnsOf(values: readonly unknown[]): readonly string[] | undefined {
  const rows = values.filter(isRecord);
  const isFlat =
    rows.length === values.length &&
    rows.length > 1 &&
    !rows.some((row) => Object.values(row).some(isSection));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return isFlat && columns.length <= WIDEST_TABLE ? columns : undefined;
}

function rowsTable(values: readonly unknown[], columns: readonly string[]): Html {
  const rows = values.filter(isRecord).map(
    (row) =>
      html`<tr>
        ${columns.map((column) => html`<td>${row[column] === undefined ? undefined : scalar(row[column])}</td>`)}
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th>${label(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function items(values: readonly unknown[], depth: number): Html {
  if (values.length > 1 && values.every(isText)) return lines(values);
  const columns = columnsOf(values);
  if (columns !== undefined) return rowsTable(values, columns);
  if (values.length === 1) return node(values[0], depth + 1);
  return html`<ol class="items">
    ${values.map((value) => html`<li>${node(value, depth + 1)}</li>`)}
  </ol>`;
}

function fields(value: Readonly<Record<string, unknown>>, depth: number): Html {
  const rows = Object.entries(value).map(
    ([key, field]) =>
      html`<div class="field">
        <dt>${label(key)}</dt>
        <dd>${node(field, depth + 1)}</dd>
      </div>`,
  );
  return html`<dl>${rows}</dl>`;
}

function isSection(value: unknown): boolean {
  return typeof value === 'object' && !isEmpty(value);
}

/** Any JSON object as something to read: plain fields first, then one foldable section for each of the others. */
export function renderTree(value: Readonly<Record<string, unknown>>): Html {
  const entries = Object.entries(value);
  const plain = Object.fromEntries(entries.filter(([, field]) => !isSection(field)));
  const sections = entries
    .filter(([, field]) => isSection(field))
    .map(
      ([key, field]) =>
        html`<details class="section" ${openSections.includes(key) ? html` open` : undefined}>
          <summary>
            ${label(key)}${Array.isArray(field) ? html` <span class="count">${field.length}</span>` : undefined}
          </summary>
          ${node(field, 0)}
        </details>`,
    );
  return html`${isEmpty(plain) ? undefined : fields(plain, 0)}${sections}`;
}
