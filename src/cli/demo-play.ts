import type { ScenarioLook } from '../desk/page/cluster-page.ts';
import { MINUTE } from '../domain/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { type Scenario, scenarios, type World } from '../sandbox/scenarios/index.ts';
import type { Stage } from './demo-stage.ts';

/** Something that has happened, in a sentence. */
export interface Step {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
  /** Where the ticket is read, when the step is one. */
  readonly url?: string;
}

/** What the scenarios are played with. */
export interface PlayDeps {
  readonly speed: number;
  readonly stop: AbortSignal;
  readonly onStep: (step: Step) => void;
}

const LOOK_MS = 200;
/** So many steps are kept for the page. */
const KEPT_STEPS = 200;
const MOST_TICKETS = 500;

interface KnownTicket {
  readonly subject: string;
  comments: number;
  changedAt: number;
}

/** Plays scenarios on a stage, one of each name at a time, and tells of every ticket and comment that comes of them. */
export class DemoPlay {
  readonly steps: Step[] = [];
  readonly #deps: PlayDeps;
  readonly #running = new Map<string, AbortController>();
  readonly #tickets = new Map<string, KnownTicket>();
  readonly #stories: Promise<void>[] = [];
  #stage: Stage | undefined;

  constructor(deps: PlayDeps) {
    this.#deps = deps;
  }

  /** From here on scenarios can be played. Resolves when the demo is stopped. */
  async follow(stage: Stage): Promise<void> {
    this.#stage = stage;
    const { stop } = this.#deps;
    while (!stop.aborted) {
      this.#look(stage);
      await systemClock.sleep(LOOK_MS, stop).catch(() => undefined);
    }
    await Promise.all(this.#stories);
  }

  scenarios(): readonly ScenarioLook[] {
    return scenarios.map(({ name, summary }) => ({ name, summary, isPlaying: this.#running.has(name) }));
  }

  /** Begins a scenario; one of its name that is being played ends. False when there is none of that name. */
  play(name: string): boolean {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario === undefined || this.#stage === undefined) return false;
    this.#running.get(name)?.abort(new Error('it is played anew'));
    const ending = new AbortController();
    this.#running.set(name, ending);
    this.say(`scenario ${name}: ${scenario.summary}`);
    this.#stories.push(this.#run(scenario, this.#stage, ending));
    return true;
  }

  say(text: string, url?: string): void {
    const step = { at: systemClock.now(), text, ...(url === undefined ? {} : { url }) };
    this.steps.push(step);
    if (this.steps.length > KEPT_STEPS) this.steps.shift();
    this.#deps.onStep(step);
  }

  /** The first ticket that was filed, as soon as there is one; undefined when the demo is stopped, or after so long. */
  async firstTicket(withinMs: number): Promise<string | undefined> {
    const deadline = systemClock.monotonic() + withinMs;
    await this.#until(() => this.#tickets.size > 0 || systemClock.monotonic() > deadline, this.#deps.stop);
    return [...this.#tickets.keys()][0];
  }

  /** Resolves with true when the agent has said that this ticket's failure is over. */
  async isRecovered(id: string, withinMs: number): Promise<boolean> {
    const deadline = systemClock.monotonic() + withinMs;
    const isOver = (): boolean =>
      this.#stage?.desk.store.comments(id).some(({ body }) => body.startsWith('**Recovered**')) === true;
    await this.#until(() => isOver() || systemClock.monotonic() > deadline, this.#deps.stop);
    return isOver();
  }

  async #run(scenario: Scenario, stage: Stage, ending: AbortController): Promise<void> {
    const { speed, stop } = this.#deps;
    const signal = AbortSignal.any([stop, ending.signal]);
    try {
      await scenario.run({
        sandbox: stage.sandbox,
        clock: systemClock,
        signal,
        speed,
        world: this.#world(stage, signal),
        onStep: (text) => this.say(text),
      });
    } catch (error) {
      this.say(`scenario ${scenario.name} has failed: ${String(error)}`);
    } finally {
      if (this.#running.get(scenario.name) === ending) this.#running.delete(scenario.name);
    }
  }

  #world(stage: Stage, signal: AbortSignal): World {
    const begunAt = systemClock.now();
    return {
      whenFiled: (name) =>
        this.#until(
          () =>
            [...this.#tickets.values()].some(
              ({ subject, changedAt }) => changedAt >= begunAt && subject.includes(name),
            ),
          signal,
        ),
      setTicketApi: (isThere) => {
        stage.desk.faults.clear();
        if (!isThere) stage.desk.faults.add({ kind: 'down' });
      },
      restartAgent: stage.restartAgent,
    };
  }

  async #until(isDone: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isDone() && !signal.aborted) await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
  }

  /** Tells what is new on the desk. */
  #look({ desk }: Stage): void {
    const { rows } = desk.store.list({ limit: MOST_TICKETS, offset: 0 });
    for (const { id, subject } of rows.toReversed()) {
      const url = `${desk.url}/tickets/${id}`;
      const known = this.#tickets.get(id) ?? { subject, comments: 0, changedAt: systemClock.now() };
      if (!this.#tickets.has(id)) this.say(`a ticket is filed: ${subject}`, url);
      this.#tickets.set(id, known);
      const comments = desk.store.comments(id);
      if (comments.length === known.comments) continue;
      for (const { author_label: author, body } of comments.slice(known.comments))
        this.say(`${author} on ${subject.split(':')[0]}: ${firstSentence(body)}`, url);
      known.comments = comments.length;
      known.changedAt = systemClock.now();
    }
  }
}

function firstSentence(body: string): string {
  const [line = ''] = body.replaceAll('**', '').split('\n');
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

/** How long a demo waits for what it is to wait for. */
export const PATIENCE_MS = 3 * MINUTE;
