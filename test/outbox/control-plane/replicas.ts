import type { Clock } from '../../../src/domain/clock.ts';
import type { WriteFailure } from '../../../src/domain/control-plane.ts';
import type { CallOutcome, CreateOutcome, TicketApi } from '../../../src/domain/ports.ts';
import type { Ticket, TicketRequest } from '../../../src/domain/ticket.ts';
import { ControlPlaneFiler, WriteHealth } from '../../../src/outbox/index.ts';
import {
  controlPlaneRecovered,
  controlPlaneRecurred,
  controlPlaneRequest,
  doubleText,
  lastControlPlaneComment,
} from '../../../src/tickets/index.ts';

export const EPOCH = Date.UTC(2026, 10, 30, 3, 0, 0);
export const FOR_MS = 300_000;
export const LOOKUP_DELAY_MS = 30_000;
export const TICK_MS = 5_000;
const LEASE_TICKS = 6;

/** What becomes of one write to the ticket API. */
export type Fate = 'answered' | 'notSent' | 'answerLost' | 'lateAndLost' | 'lost' | 'rejected';

/** A ticket API and an API server in steps of five seconds, with replicas that are called one after the other. */
export class World {
  elapsed = 0;
  readonly tickets: { ticket: Ticket; visibleAt: number }[] = [];
  readonly log: string[] = [];
  /** Of replicas: those that cannot reach the API server. `all` is an outage of the API server. */
  readonly cutOff = new Set<string>();
  isTicketApiDown = false;
  failure: WriteFailure = { kind: 'refused', words: 'PUT /apis/coordination.k8s.io: ECONNREFUSED' };
  fate: () => Fate = () => 'answered';
  listLagMs: () => number = () => 0;
  leader: string | undefined;
  renewedAt = 0;
  #late: { at: number; run: () => void }[] = [];

  readonly clock: Clock = {
    now: () => EPOCH + this.elapsed,
    monotonic: () => this.elapsed,
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
  };

  /** The ticket API as a replica sees it. */
  api(): TicketApi {
    const read = <T>(value: () => T): Promise<T> =>
      this.isTicketApiDown ? Promise.reject(new Error('connection refused')) : Promise.resolve(value());
    return {
      find: (text) =>
        read(() =>
          this.tickets
            .filter(({ ticket, visibleAt }) => visibleAt <= this.elapsed && ticket.subject.includes(text))
            .map(({ ticket }) => ticket),
        ),
      get: (id) => read(() => this.tickets.find(({ ticket }) => ticket.id === id)?.ticket),
      create: (request) =>
        this.#write<CreateOutcome>(() => ({ kind: 'created', ticket: this.#create(request) })),
      comment: (id, body) =>
        this.#write<CallOutcome>(() =>
          this.#change(id, ({ comments }) => ({ comments: [...comments, { id: body, body }] })),
        ),
      close: (id) => this.#write<CallOutcome>(() => this.#change(id, () => ({ status: 'closed' }))),
      attach: () => Promise.reject(new Error('nothing is attached here')),
    };
  }

  #write<T extends CallOutcome | CreateOutcome>(effect: () => T): Promise<T> {
    const fate = this.isTicketApiDown ? 'notSent' : this.fate();
    const outcome = (kind: 'unknown' | 'notSent' | 'rejected'): T => ({ kind, error: fate }) as T;
    if (fate === 'rejected') return Promise.resolve(outcome('rejected'));
    if (fate === 'answered') return Promise.resolve(effect());
    if (fate === 'answerLost') effect();
    // It arrives after nobody waits for it any more, and is listed before the look-up delay is over.
    if (fate === 'lateAndLost') this.#late.push({ at: this.elapsed + 2 * TICK_MS, run: () => void effect() });
    return Promise.resolve(outcome(fate === 'notSent' ? 'notSent' : 'unknown'));
  }

  #create({ subject, description }: TicketRequest): Ticket {
    const id = `T${this.tickets.length + 1}`;
    const createdAt = EPOCH + this.elapsed;
    const lists = { comments: [], attachments: [] };
    const ticket: Ticket = { id, subject, description, status: 'open', createdAt, ...lists };
    this.tickets.push({ ticket, visibleAt: this.elapsed + this.listLagMs() });
    this.log.push(`${this.elapsed / 1_000} ${id} created`);
    return ticket;
  }

  #change(id: string, change: (ticket: Ticket) => Partial<Ticket>): CallOutcome {
    const entry = this.tickets.find(({ ticket }) => ticket.id === id);
    if (entry === undefined) throw new Error(`no ticket ${id}`);
    const changed = change(entry.ticket);
    this.log.push(
      `${this.elapsed / 1_000} ${id} ${changed.status ?? changed.comments?.at(-1)?.body.slice(0, 30)}`,
    );
    entry.ticket = { ...entry.ticket, ...changed };
    return { kind: 'done' };
  }

  isCutOff(name: string): boolean {
    return this.cutOff.has('all') || this.cutOff.has(name);
  }

  /** Five seconds. Each replica tries the Lease, then looks. */
  async tick(replicas: readonly Replica[]): Promise<void> {
    this.elapsed += TICK_MS;
    for (const { run } of this.#late.filter(({ at }) => at <= this.elapsed)) run();
    this.#late = this.#late.filter(({ at }) => at > this.elapsed);
    for (const replica of replicas) {
      replica.tryLease();
      await replica.step();
    }
  }

  async pass(ms: number, replicas: readonly Replica[]): Promise<void> {
    for (const end = this.elapsed + ms; this.elapsed < end;) await this.tick(replicas);
  }

  get open(): readonly Ticket[] {
    return this.tickets.map(({ ticket }) => ticket).filter(({ status }) => status === 'open');
  }
}

/** One replica of the agent, as far as it has to do with the Lease and the control plane. */
export class Replica {
  readonly name: string;
  readonly world: World;
  readonly health: WriteHealth;
  readonly filer: ControlPlaneFiler;
  #renewedAt: number | undefined;

  /** A replica starts only when the API server answers. */
  constructor(name: string, world: World, closeRecovered = false) {
    this.name = name;
    this.world = world;
    this.health = new WriteHealth(world.clock);
    const facts = {
      cluster: { uid: 'c0ffee' },
      keyMarker: 'k8s-0123456789',
      server: 'https://10.0.0.1',
      node: `node-of-${name}`,
      replica: name,
      agentVersion: '0.0.0',
      category: 'technical',
    } as const;
    const redact = (text: string): string => text;
    this.filer = new ControlPlaneFiler({
      ticketApi: world.api(),
      clock: world.clock,
      random: () => 0.5,
      health: this.health,
      texts: {
        keyMarker: facts.keyMarker,
        request: (outage) => controlPlaneRequest(outage, facts, { unresolved: [], redact }),
        recovered: (recovery) => controlPlaneRecovered(facts, recovery),
        recurred: (outage) => controlPlaneRecurred(outage, redact),
        double: doubleText,
        lastSaid: lastControlPlaneComment,
      },
      observer: {
        filed: () => undefined,
        adopted: () => undefined,
        commented: () => undefined,
        doubleClosed: () => undefined,
        failed: (error) => world.log.push(`${world.elapsed / 1_000} ${name} ${error}`),
      },
      isLeader: () => this.isLeader,
      options: { forMs: FOR_MS, lookupDelayMs: LOOKUP_DELAY_MS, closeRecovered },
    });
  }

  get isLeader(): boolean {
    return (
      this.#renewedAt !== undefined && this.world.elapsed - this.#renewedAt < (LEASE_TICKS - 2) * TICK_MS
    );
  }

  tryLease(): void {
    const { world, name } = this;
    const isExpired = world.leader === undefined || world.elapsed - world.renewedAt >= LEASE_TICKS * TICK_MS;
    if (this.#renewedAt !== undefined && !this.isLeader) {
      this.#renewedAt = undefined;
      this.filer.termEnded(true);
    }
    if (world.isCutOff(name)) {
      // A standby writes only when it finds the Lease free; cut off, it cannot know that it is not.
      this.health.failed(world.failure);
      return;
    }
    if (world.leader !== name && !isExpired) {
      if (this.#renewedAt !== undefined) this.filer.termEnded(false);
      this.#renewedAt = undefined;
      this.health.succeeded(world.renewedAt);
      return;
    }
    world.leader = name;
    world.renewedAt = world.elapsed;
    this.health.succeeded(world.elapsed);
    if (this.#renewedAt === undefined) this.filer.termBegan();
    this.#renewedAt = world.elapsed;
  }

  step(): Promise<void> {
    return this.filer.step(new AbortController().signal);
  }
}
