import { SECOND } from '../../src/domain/clock.ts';
import type {
  CallFailure,
  CallOutcome,
  CreateOutcome,
  IncidentStore,
  TicketApi,
} from '../../src/domain/ports.ts';
import type { TicketRequest } from '../../src/domain/ticket.ts';
import { type DeskModel, type Envelope, summary } from './desk-model.ts';
import type { AgentProcess } from './process.ts';
import type { StoreModel } from './store-model.ts';
import { LOOKUP_DELAY_MS, type World } from './world.ts';

/** The ticket client waits so long for an answer. */
const TIMEOUT_MS = 20 * SECOND;

interface Line {
  readonly world: World;
  readonly process: AgentProcess;
}

/** Every call may be the last thing that a process does. */
function mayDie({ world, process }: Line, where: string): boolean {
  if (!process.isAlive()) return true;
  const { kills, killsAtRare } = world.weather;
  if (!world.random.chance(Math.max(kills, isRare(where) ? killsAtRare : 0))) return false;
  world.trace(`${process.name}: dies ${where}`);
  world.killPoints.set(where, (world.killPoints.get(where) ?? 0) + 1);
  process.kill();
  return true;
}

function isRare(where: string): boolean {
  return ['store.delete', 'desk.comment', 'desk.close', 'desk.attach'].some((call) => where.endsWith(call));
}

/**
 * A call over the network: there, `serve`, and back. The caller may die before it is sent, while it is under way, and before
 * the answer is read; what was sent arrives all the same.
 */
function remote<T>(line: Line, call: string, latency: () => number, serve: () => T): Promise<T> {
  const { world, process } = line;
  return new Promise((resolve, reject) => {
    if (mayDie(line, `before ${call}`)) return;
    world.scheduler.after(latency(), () => {
      let answer: () => void;
      try {
        const value = serve();
        answer = () => resolve(value);
      } catch (error) {
        answer = () => reject(error as Error);
      }
      if (mayDie(line, `before the answer of ${call}`)) return;
      process.after(latency(), answer);
    });
  });
}

/** The Incident store as one process sees it. */
export function connectStore(world: World, process: AgentProcess, model: StoreModel): IncidentStore {
  const line = { world, process };
  const { random, weather } = world;
  const latency = (): number => random.between(1, weather.storeSlow ? 2_500 : 40);

  function call<T>(name: string, serve: () => T): Promise<T> {
    const fails = weather.storeDown || random.chance(weather.storeErrors);
    const isServed = !fails || random.chance(0.4);
    return remote(line, `store.${name}`, latency, () => {
      const value = isServed ? serve() : undefined;
      if (fails) throw new Error(isServed ? 'connection reset' : 'connection refused');
      return value as T;
    });
  }

  return {
    get: (name) => call('get', () => model.get(name)),
    create: (incident) => call('create', () => model.create(incident)),
    patchStatus: (incident, status) => call('patchStatus', () => model.patchStatus(incident, status)),
    delete: (incident) => call('delete', () => model.remove(incident)),
  };
}

/** The ticket desk as one process sees it through its client. */
export function connectDesk(world: World, process: AgentProcess, model: DeskModel): TicketApi {
  const line = { world, process };
  return {
    find: (text, signal) => readCall(line, signal, 'find', () => model.list(text)),
    get: (id, signal) =>
      readCall(line, signal, 'get', () => {
        const ticket = model.ticket(id);
        // In the API's own words.
        if (ticket === undefined || (world.weather.notFound && world.random.chance(0.6))) return undefined;
        const { description, comments, attachments } = ticket;
        const lists = { comments: [...comments], attachments: [...attachments] };
        return { ...summary(ticket, ticket.closed !== undefined), description, ...lists };
      }),
    create: (request, signal) =>
      writeCall(line, signal, 'create', (envelope): CreateOutcome => {
        const refusal = refusalOf(world, request);
        if (refusal !== undefined) return refusal;
        return { kind: 'created', ticket: model.accept(request, envelope) };
      }),
    comment: (id, body, signal) =>
      writeCall(line, signal, 'comment', (envelope): CallOutcome => {
        const ticket = model.ticket(id);
        if (ticket === undefined)
          return { kind: 'denied', error: '404: no such ticket', status: 404, isApi: true };
        model.comment(ticket, body, envelope);
        return { kind: 'done' };
      }),
    attach: (id, { name }, signal) =>
      writeCall(line, signal, 'attach', (): CallOutcome => {
        const ticket = model.ticket(id);
        if (ticket === undefined)
          return { kind: 'denied', error: '404: no such ticket', status: 404, isApi: true };
        if (isTooLarge(name)) return { kind: 'rejected', error: '413: the file is too large', status: 413 };
        model.attach(ticket, name);
        return { kind: 'done' };
      }),
    close: (id, signal) =>
      writeCall(line, signal, 'close', (): CallOutcome => {
        const ticket = model.ticket(id);
        if (ticket !== undefined) model.close(ticket, 'agent');
        return { kind: 'done' };
      }),
  };
}

/** The files of one owner are more than the API takes. */
export function isTooLarge(file: string): boolean {
  return file.startsWith('statefulset-shop-2-');
}

function refusalOf({ faults }: World, { subject, environment }: TicketRequest): CallFailure | undefined {
  const fault = faults.find(({ owner }) => subject.includes(owner.name));
  if (fault === undefined || fault.refusal === 'never') return undefined;
  const isShrunk = environment['shrink'] !== 0;
  if (isShrunk && (fault.refusal === 'unlessShrunk' || fault.refusal === 'deniedUnlessShrunk'))
    return undefined;
  if (fault.refusal === 'denied' || fault.refusal === 'deniedUnlessShrunk')
    return { kind: 'denied', error: '403: no reason given', status: 403, isApi: false };
  return { kind: 'rejected', error: '422: environment is too large', status: 422 };
}

/** What the weather makes of a call before anybody looks at it. */
function trouble({ random, weather }: World, call: 'find' | 'get' | 'write'): CallFailure | undefined {
  if (weather.deskDown) {
    if (random.chance(0.5)) return { kind: 'notSent', error: 'connection refused' };
    return { kind: 'unknown', error: '503: down' };
  }
  const denial = denialOf(weather, random.chance(NOT_FOUND[call]));
  if (denial !== undefined) return denial;
  if (isThrottled(weather, call) && random.chance(0.8))
    return { kind: 'notSent', error: '429: slow down', retryAfterMs: random.between(0, 90) * SECOND };
  if (call === 'find' && weather.listDown) return { kind: 'unknown', error: '500: no list' };
  if (random.chance(weather.serverErrors)) return { kind: 'unknown', error: '500: server error' };
  return undefined;
}

/** In a rolling deployment of the API some of its replicas know no path yet, or not all of them. */
const NOT_FOUND = { find: 0.1, get: 0.1, write: 0.6 };
function denialOf({ notFound, unauthorised }: World['weather'], isMissed: boolean): CallFailure | undefined {
  if (notFound && isMissed)
    return { kind: 'denied', error: '404: no reason given', status: 404, isApi: false };
  return unauthorised ? { kind: 'paused', error: '401: bad token', status: 401 } : undefined;
}

function isThrottled(
  { throttled, writesThrottled }: World['weather'],
  call: 'find' | 'get' | 'write',
): boolean {
  return throttled || (writesThrottled && call === 'write');
}

/** As the client throws it. */
class ReadError extends Error {
  override readonly name = 'ReadError';
  readonly kind: 'paused' | 'transient';
  readonly retryAfterMs: number | undefined;

  constructor(failure: CallFailure) {
    super(failure.error);
    this.kind = failure.kind === 'paused' || failure.kind === 'denied' ? 'paused' : 'transient';
    this.retryAfterMs = 'retryAfterMs' in failure ? failure.retryAfterMs : undefined;
  }
}

function readCall<T>(
  line: Line,
  signal: AbortSignal | undefined,
  call: 'find' | 'get',
  serve: () => T,
): Promise<T> {
  const { world } = line;
  const failure = trouble(world, call);
  const latency = (): number => world.random.between(5, 400);
  const answer = remote(line, `desk.${call}`, latency, () => {
    if (failure !== undefined) throw new ReadError(failure);
    return serve();
  });
  return untilAborted(answer, signal, () => undefined);
}

/** Also for an answer that never comes: the client gives up. */
function writeCall<T extends { readonly kind: string }>(
  line: Line,
  signal: AbortSignal | undefined,
  call: string,
  serve: (envelope: Envelope) => T,
): Promise<T | CallFailure> {
  const { world, process } = line;
  const { random, scheduler } = world;
  return new Promise((resolve, reject) => {
    if (mayDie(line, `before desk.${call}`)) return;
    const failure = trouble(world, 'write');
    // A server error may come after the work was done, and an answer may be lost on the way.
    const isServed = failure === undefined || (failure.kind === 'unknown' && random.chance(0.5));
    const isLost = random.chance(world.weather.answersLost);
    const isSlow = isLost && random.chance(0.4);
    const envelope: Envelope = { sender: process.name, sentAt: scheduler.now() };
    process.underWay.add(envelope);
    world.trace(`${process.name}: sends ${call}`);
    const giveUp = (): void => {
      envelope.givenUpAt ??= scheduler.now();
      process.underWay.delete(envelope);
    };
    const answered = (answer: T | CallFailure): void => {
      giveUp();
      resolve(answer);
    };
    const arrive = (): void => {
      // Long after everybody has given up, a server has dropped the connection with what came over it.
      const isTooLate = scheduler.now() > (envelope.givenUpAt ?? Infinity) + LOOKUP_DELAY_MS - SECOND;
      const answer = isServed && !isTooLate ? serve(envelope) : undefined;
      if (isLost || mayDie(line, `before the answer of desk.${call}`)) return;
      process.after(random.between(10, 600), () => answered(failure ?? answer ?? lost));
    };
    scheduler.after(isSlow ? random.between(0, TIMEOUT_MS + 25 * SECOND) : random.between(10, 600), arrive);
    if (isLost) process.after(isSlow || random.chance(0.5) ? TIMEOUT_MS : 700, () => answered(lost));
    signal?.addEventListener('abort', () => {
      giveUp();
      if (random.chance(0.5)) answered(lost);
      else reject(signal.reason as Error);
    });
  });
}

const lost: CallFailure = { kind: 'unknown', error: 'the answer was lost' };

function untilAborted<T>(
  answer: Promise<T>,
  signal: AbortSignal | undefined,
  onAbort: () => void,
): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      onAbort();
      reject(signal.reason as Error);
    });
    answer.then(resolve, reject);
  });
}
