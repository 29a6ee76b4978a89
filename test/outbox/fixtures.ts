import { stageSettings } from '../../src/agent/stage-settings.ts';
import { configSchema } from '../../src/config/index.ts';
import type { Incident, IncidentSpec, IncidentStatus, PendingComment } from '../../src/domain/incident.ts';
import {
  type CallOutcome,
  ConflictError,
  type CreateOutcome,
  type IncidentStore,
  type TicketApi,
} from '../../src/domain/ports.ts';
import type { Ticket, TicketRequest, TicketSummary } from '../../src/domain/ticket.ts';
import { IncidentCache, IncidentWriter } from '../../src/incidents/index.ts';
import type { OutboxDeps, OutboxTexts } from '../../src/outbox/context.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

/** As shipped. */
export const { outbox: defaultOutboxOptions } = stageSettings(configSchema.parse({}), {
  namespace: 'agent',
  name: 'agent',
});

const draft: IncidentSpec['draft'] = {
  subject: 'It fails',
  description: 'It fails.',
  category: 'technical',
  severity: 'critical',
  environment: '{}',
};

const spec: IncidentSpec = {
  trigger: 'automatic',
  cluster: 'c-1',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: 'shop', uid: 'o-1' },
  key: 'key1',
  class: 'crash',
  reason: 'Error',
  openedAt: 1_000,
  draft,
};

/** A Pending Incident with a draft, changed as asked. */
export function anIncident(
  status: Partial<IncidentStatus> = {},
  over: Partial<Omit<Incident, 'spec' | 'status'>> & { readonly spec?: Partial<IncidentSpec> } = {},
): Incident {
  return {
    name: 'deployment-shop-1',
    uid: 'u-1',
    resourceVersion: '10',
    createdAt: 1_000,
    ...over,
    spec: { ...spec, ...over.spec },
    status: { phase: 'Pending', ...status },
  };
}

/** A ticket with the marker of Incident `uid`. */
export function aTicket(id: string, over: Partial<Ticket> & { readonly uid?: string } = {}): Ticket {
  const { uid = 'u-1', ...rest } = over;
  return {
    id,
    subject: `It fails [k8s-key1-${uid}]`,
    status: 'open',
    createdAt: 1,
    description: 'It fails.',
    comments: [],
    attachments: [],
    ...rest,
  };
}

/** A comment to be said. */
export function aComment(kind: PendingComment['kind'], marker = `c-${kind}`): PendingComment {
  return { kind, marker, at: 5_000, text: kind };
}

/** An Incident store in memory that fails on demand. */
export interface MemoryStore extends IncidentStore {
  readonly objects: Map<string, Incident>;
  /** The next call of this name throws; with `isDone` only after it has done its work. */
  readonly failNext: (call: keyof IncidentStore, failure: { readonly isDone: boolean }) => void;
  /** As another client does it. */
  readonly change: (name: string, status: Partial<IncidentStatus>) => Incident;
  readonly calls: string[];
}

/** A store that holds these Incidents. */
export function createMemoryStore(...incidents: readonly Incident[]): MemoryStore {
  const objects = new Map(incidents.map((incident) => [incident.name, incident]));
  const failing = new Map<keyof IncidentStore, { readonly isDone: boolean }>();
  const calls: string[] = [];
  let version = 100;

  async function call<T>(name: keyof IncidentStore, work: () => T): Promise<T> {
    calls.push(name);
    const failure = failing.get(name);
    failing.delete(name);
    if (failure?.isDone === false) throw new Error(`${name} failed`);
    const value = work();
    if (failure?.isDone === true) throw new Error(`the answer of ${name} was lost`);
    return value;
  }

  function change(name: string, status: Partial<IncidentStatus>): Incident {
    const stored = objects.get(name);
    if (stored === undefined) throw new ConflictError(`${name} is gone`);
    version += 1;
    const entries = Object.entries({ ...stored.status, ...status }).filter(
      ([, value]) => value !== undefined,
    );
    const merged = Object.fromEntries(entries) as unknown as IncidentStatus;
    const incident = { ...stored, resourceVersion: String(version), status: merged };
    objects.set(name, incident);
    return incident;
  }

  return {
    objects,
    calls,
    change,
    failNext: (name, failure) => {
      failing.set(name, failure);
    },
    get: (name) => call('get', () => objects.get(name)),
    create: ({ name, spec: newSpec }) =>
      call('create', () => {
        const existing = objects.get(name);
        if (existing !== undefined) return { created: false, incident: existing };
        version += 1;
        const incident = anIncident(
          {},
          { name, uid: `u-${version}`, resourceVersion: String(version), spec: newSpec },
        );
        objects.set(name, incident);
        return { created: true, incident };
      }),
    patchStatus: (incident, status) =>
      call('patchStatus', () => {
        const stored = objects.get(incident.name);
        if (stored?.uid !== incident.uid || stored.resourceVersion !== incident.resourceVersion)
          throw new ConflictError(`${incident.name} has changed`);
        return change(incident.name, status);
      }),
    delete: (incident) =>
      call('delete', () => {
        objects.delete(incident.name);
      }),
  };
}

type Answer<T> = T | Error | (() => Promise<T>);

/** A ticket desk in memory whose answers can be set. */
export interface MemoryDesk extends TicketApi {
  readonly tickets: Map<string, Ticket>;
  readonly calls: string[];
  readonly requests: TicketRequest[];
  /** The comments that were sent, whatever became of them. */
  readonly bodies: string[];
  /** What the next call answers instead of doing its work; several wait in a row. */
  readonly answerNext: (call: keyof TicketApi, answer: Answer<unknown>) => void;
}

/** A desk that holds these tickets. */
export function createMemoryDesk(...tickets: readonly Ticket[]): MemoryDesk {
  const held = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const answers = new Map<keyof TicketApi, Answer<unknown>[]>();
  const calls: string[] = [];
  const requests: TicketRequest[] = [];
  const bodies: string[] = [];

  async function call<T>(name: keyof TicketApi, detail: string, work: () => T): Promise<T> {
    calls.push(`${name} ${detail}`.trim());
    const answer = answers.get(name)?.shift();
    if (answer === undefined) return work();
    if (answer instanceof Error) throw answer;
    return (typeof answer === 'function' ? await answer() : answer) as T;
  }

  function change(id: string, how: (ticket: Ticket) => Ticket): CallOutcome {
    const ticket = held.get(id);
    if (ticket === undefined) return { kind: 'denied', error: '404', status: 404, isApi: true };
    held.set(id, how(ticket));
    return { kind: 'done' };
  }

  return {
    tickets: held,
    calls,
    requests,
    bodies,
    answerNext: (name, answer) => answers.set(name, [...(answers.get(name) ?? []), answer]),
    find: (text) =>
      call('find', text, (): readonly TicketSummary[] =>
        [...held.values()].filter(({ subject }) => subject.includes(text)),
      ),
    get: (id) => call('get', id, () => held.get(id)),
    create: (request) => {
      requests.push(request);
      return call('create', '', (): CreateOutcome => {
        const { subject, description } = request;
        const ticket = aTicket(`T${held.size + 1}`, { subject, description, createdAt: held.size + 1 });
        held.set(ticket.id, ticket);
        return { kind: 'created', ticket };
      });
    },
    comment: (id, body) => {
      bodies.push(body);
      return call('comment', id, () =>
        change(id, (ticket) => ({ ...ticket, comments: [...ticket.comments, { id: 'c', body }] })),
      );
    },
    close: (id) => call('close', id, () => change(id, (ticket) => ({ ...ticket, status: 'closed' }))),
    attach: (id, { name }) =>
      call('attach', id, () =>
        change(id, (ticket) => ({ ...ticket, attachments: [...ticket.attachments, name] })),
      ),
  };
}

const texts: OutboxTexts = {
  request: (incident, shrink) => ({
    subject: `It fails [k8s-${incident.spec.key}-${incident.uid}]`,
    description: incident.status.recoveredAt === undefined ? 'It fails.' : 'It has recovered.',
    category: 'technical',
    severity: 'critical',
    environment: { shrink },
    clusterId: undefined,
    marker: `k8s-${incident.spec.key}-${incident.uid}`,
  }),
  tellsRecovery: (description) => description === 'It has recovered.',
  comment: (_incident, { text, marker }, shrink) => `${text}${shrink === 0 ? '' : ` ${shrink}`} [${marker}]`,
  adoption: (incident) => aComment(incident.spec.trigger === 'manual' ? 'manual' : 'adopted'),
  atFiling: () => ({ occurrences: 3 }),
  double: (_incident, keptId) => `A double of ${keptId}`,
  keyMarker: ({ spec: { key } }) => `k8s-${key}`,
  marker: ({ uid, spec: { key } }) => `k8s-${key}-${uid}`,
  ticketUrl: (id) => `https://desk.test/${id}`,
  file: ({ spec }) =>
    spec.draft?.attachment && {
      name: spec.draft.attachment.name,
      contentType: 'text/plain',
      content: Buffer.from('log'),
    },
};

/** A cache of cluster c-1 that tells nobody of what it sets aside. */
export function createCache(): IncidentCache {
  const report = { foreign: () => undefined, unreadable: () => undefined };
  return new IncidentCache({ clusterKey: 'c-1', keyOf: () => 'key1', report });
}

/** Everything an outbox needs, and what it told. */
export interface Kit extends OutboxDeps {
  readonly store: MemoryStore;
  readonly desk: MemoryDesk;
  readonly clock: FakeClock;
  /** What the observer heard, one line for each event. */
  readonly told: string[];
  isLeading: boolean;
}

/** Dependencies in memory. Jitter is always the full wait. */
export function createKit(
  incidents: readonly Incident[] = [],
  tickets: readonly Ticket[] = [],
  options: Partial<OutboxDeps['options']> = {},
): Kit {
  const told: string[] = [];
  const [store, desk, cache] = [createMemoryStore(...incidents), createMemoryDesk(...tickets), createCache()];
  const kit: Kit = {
    store,
    incidents: cache,
    writer: new IncidentWriter(store, cache),
    desk,
    ticketApi: desk,
    clock: createFakeClock(),
    random: () => 1,
    options: { ...defaultOutboxOptions, ...options },
    texts,
    told,
    isLeading: true,
    isLeader: () => kit.isLeading,
    observer: {
      filed: (_incident, id, refusal) =>
        told.push(`filed ${id}${refusal === undefined ? '' : ` in part: ${refusal}`}`),
      adopted: (_incident, id) => told.push(`adopted ${id}`),
      rejected: (_incident, error) => told.push(`rejected ${error}`),
      commented: (_incident, { kind }) => told.push(`commented ${kind}`),
      commentDropped: (_incident, { kind }) => told.push(`dropped ${kind}`),
      duplicateClosed: (_incident, id) => told.push(`closed ${id}`),
      removed: () => told.push('removed'),
      attached: (_incident, file) => told.push(`attached ${file}`),
      attachmentDropped: (_incident, file, reason) => told.push(`not attached ${file}: ${reason}`),
      failed: (_incident, call, { kind }) => told.push(`failed ${call} ${kind}`),
      blocked: (reason) => told.push(`blocked ${reason}`),
      unblocked: () => told.push('unblocked'),
      ended: () => told.push('ended'),
    },
  };
  return kit;
}
