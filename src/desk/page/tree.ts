import { html } from './html.ts';
import type { Html, Part } from './html.ts';
import { isRecord } from '../api/problems.ts';
import { isTime, readableTime } from './times.ts';

// What a page shows of an environment at most; the raw JSON has the rest. A page of 18 MB was once made of 18 kB.
const DEEPEST = 10;
const MOST_VALUES = 3_000;
const MOST_CHARACTERS = 300_000;
const LONGEST_TEXT = 64_000;

/** What is left of these limits while one tree is drawn. */
interface Room {
  values: number;
  characters: number;
}

/** Sections that are open from the start, because they are what one looks at first: the rest is one click away. */
const openSections: readonly string[] = ['incident', 'owner', 'rollout', 'containers', 'events', 'logs'];

/** `lastTransitionTime` → `last transition time`; names that are not in camel case stay as they are. */
function label(key: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/u.test(key)) return cut(key, 200);
  return cut(key, 200).replaceAll(/([a-z0-9])([A-Z]+)/gu, (_match, before: string, capitals: string) =>
    capitals.length > 1 ? `${before} ${capitals}` : `${before} ${capitals.toLowerCase()}`,
  );
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} … ${text.length - most} more characters`;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const leftOut = html`<span class="none">… in the raw JSON</span>`;

/** A text within the limits; undefined when the page is full. */
function take(text: string, room: Room): string | undefined {
  if (room.characters <= 0 || room.values <= 0) return undefined;
  const taken = cut(text, Math.min(LONGEST_TEXT, room.characters));
  room.values -= 1;
  room.characters -= taken.length;
  return taken;
}

function block(text: string, room: Room): Html {
  const taken = take(text, room);
  return taken === undefined ? leftOut : html`<pre tabindex="0">${taken}</pre>`;
}

function scalar(value: unknown, room: Room): Html {
  if (isEmpty(value)) return html`<span class="none">none</span>`;
  if (isText(value) && value.includes('\n')) return block(value, room);
  const text = take(
    isText(value) ? value : value === true ? 'yes' : value === false ? 'no' : String(value),
    room,
  );
  if (text === undefined) return leftOut;
  return isTime(text) ? html`<time datetime="${text}">${readableTime(text)}</time>` : html`${text}`;
}

function node(value: unknown, depth: number, room: Room): Html {
  if (typeof value !== 'object' || isEmpty(value)) return scalar(value, room);
  if (depth >= DEEPEST || room.values <= 0) return leftOut;
  return isRecord(value) ? fields(value, depth, room) : items(value as readonly unknown[], depth, room);
}

/** Draws as many of the entries as there is room for, and says how many there are more. */
function each<Entry>(entries: readonly Entry[], room: Room, draw: (entry: Entry) => Html): Part {
  const drawn: Html[] = [];
  for (const entry of entries) {
    if (room.values <= 0) break;
    room.values -= 1;
    drawn.push(draw(entry));
  }
  const rest = entries.length - drawn.length;
  return rest === 0 ? drawn : [...drawn, html`<div class="none">… ${rest} more in the raw JSON</div>`];
}

/** More columns than this do not fit on a page. */
const WIDEST_TABLE = 8;

/** The columns under which a list of flat objects (conditions, taints) fits into a table. */
function columnsOf(values: readonly unknown[]): readonly string[] | undefined {
  const rows = values.filter(isRecord);
  const isFlat =
    rows.length === values.length &&
    rows.length > 1 &&
    !rows.some((row) => Object.values(row).some(isSection));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return isFlat && columns.length <= WIDEST_TABLE ? columns : undefined;
}

function rowsTable(values: readonly unknown[], columns: readonly string[], room: Room): Html {
  const cell = (value: unknown, column: string): Html =>
    html`<td data-label="${label(column)}">${value === undefined ? undefined : scalar(value, room)}</td>`;
  const rows = each(
    values.filter(isRecord),
    room,
    (row) =>
      html`<tr>
        ${columns.map((column) => cell(row[column], column))}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table">
    <table class="cards">
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

/** A list of words stands one below the other, lines of a log in a block of their own. */
function lines(values: readonly string[], room: Room): Html {
  if (values.some((value) => /\s/u.test(value))) return block(values.join('\n'), room);
  return html`<ul class="words">
    ${each(values, room, (value) => html`<li>${take(value, room) ?? leftOut}</li>`)}
  </ul>`;
}

function items(values: readonly unknown[], depth: number, room: Room): Html {
  if (values.every(isText)) return lines(values, room);
  const columns = columnsOf(values);
  if (columns !== undefined) return rowsTable(values, columns, room);
  if (values.length === 1) return node(values[0], depth + 1, room);
  return html`<ol class="items">
    ${each(values, room, (value) => html`<li>${node(value, depth + 1, room)}</li>`)}
  </ol>`;
}

function fields(value: Readonly<Record<string, unknown>>, depth: number, room: Room): Html {
  const rows = each(
    Object.entries(value),
    room,
    ([key, field]) =>
      html`<div class="field">
        <dt>${label(key)}</dt>
        <dd>${node(field, depth + 1, room)}</dd>
      </div>`,
  );
  return html`<dl>${rows}</dl>`;
}

function isSection(value: unknown): boolean {
  return typeof value === 'object' && !isEmpty(value);
}

function eventRow(event: Readonly<Record<string, unknown>>, room: Room): Html {
  const text = (name: string): string => (isText(event[name]) ? (take(event[name], room) ?? '…') : '');
  const at = text('lastAt');
  const count = Number(event['count'] ?? 1);
  return html`<li class="event">
    <span class="when">${isTime(at) ? readableTime(at).slice(11, 19) : at}</span>
    <b>${text('reason')}</b> <span class="none">${text('object')}${count > 1 ? `, ${count} times` : ''}</span>
    <div>${text('message')}</div>
  </li>`;
}

/** Events: the warnings, then what a cluster always says about pods that are made and started, folded. */
function eventList(events: readonly unknown[], room: Room): Html {
  const all = events.filter(isRecord);
  const warnings = all.filter(({ type }) => type !== 'Normal');
  const normal = all.filter(({ type }) => type === 'Normal');
  const list = (some: typeof all): Html =>
    html`<ul class="events">
      ${each(some, room, (event) => eventRow(event, room))}
    </ul>`;
  return html`${warnings.length === 0 ? undefined : list(warnings)}
  ${
    normal.length === 0
      ? undefined
      : html`<details data-key="normal-events">
          <summary>${normal.length} normal ${normal.length === 1 ? 'event' : 'events'}</summary>
          ${list(normal)}
        </details>`
  }`;
}

function section(key: string, field: unknown, room: Room): Html {
  const count = Array.isArray(field) ? html` <span class="count">${field.length}</span>` : undefined;
  const content = key === 'events' && Array.isArray(field) ? eventList(field, room) : node(field, 0, room);
  return html`<details
    class="section"
    data-key="${cut(key, 200)}"
    ${openSections.includes(key) ? html` open` : undefined}
  >
    <summary>${label(key)}${count}</summary>
    ${content}
  </details>`;
}

/** Any JSON object as something to read, within limits: plain fields first, then one foldable section for each of the others. */
export function renderTree(value: Readonly<Record<string, unknown>>): Html {
  const room: Room = { values: MOST_VALUES, characters: MOST_CHARACTERS };
  const entries = Object.entries(value);
  const plain = Object.fromEntries(entries.filter(([, field]) => !isSection(field)));
  const rest = entries.filter(([, field]) => isSection(field));
  const sections = each(rest, room, ([key, field]) => section(key, field, room));
  return html`${isEmpty(plain) ? undefined : fields(plain, 0, room)}${sections}`;
}
