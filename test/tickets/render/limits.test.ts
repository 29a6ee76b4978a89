import { expect, test } from '@jest/globals';
import type { ContainerFacts, Environment } from '../../../src/domain/environment.ts';
import { changeLines } from '../../../src/tickets/render/rollout.ts';
import { renderDescription } from '../../../src/tickets/render/draft.ts';
import { eventSections, logLines, logSections } from '../../../src/tickets/render/events-and-logs.ts';
import { factLines } from '../../../src/tickets/render/facts.ts';
import { placementSections } from '../../../src/tickets/render/placement.ts';
import { quoteFor } from '../../../src/tickets/render/markdown.ts';
import { whyLines } from '../../../src/tickets/render/why.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x');
const LONG = 'y'.repeat(2_000);
const quote = { ...quoteFor(base), block: (lines: readonly string[]) => lines.join('\n') };
const [usual] = base.environment.containers;
if (usual === undefined) throw new Error('no container');
const container: ContainerFacts = { ...usual, name: 'app', role: 'app', lastState: {}, state: {} };
const environment = (more: Partial<Environment>): Environment => ({ ...base.environment, ...more });
const aboutClass = (failureClass: Environment['incident']['class'], more: Partial<Environment> = {}) =>
  environment({ incident: { ...base.environment.incident, class: failureClass }, ...more });
const story = (given: Environment) => ({ ...base, container: 'app', environment: given });

/** The longest run of the letter that is quoted. */
function longest(text: readonly string[] | string | undefined): number {
  return Math.max(0, ...([text ?? ''].flat().join('\n').match(/y+/g) ?? []).map((run) => run.length));
}

const terminated = { exitCode: 3, message: LONG };
const event = { type: 'Warning', reason: 'r', message: 'm', count: 1, object: 'o' };
const rollout = { revision: '2', previousRevision: '1', changes: [] };
const scheduling = {
  requests: {},
  nodeSelector: {},
  affinity: [],
  tolerations: [],
  topologySpread: [],
  refusals: [],
  nodes: [{ name: LONG, lacks: [] }],
};

// One character less than the limit: the last one says that something was cut.
test.each<[string, number, readonly string[] | string | undefined]>([
  [
    'the last words of a container',
    599,
    whyLines(story(aboutClass('crash', { containers: [{ ...container, state: { terminated } }] }))),
  ],
  [
    'the line of a log in the facts',
    499,
    logLines(
      environment({ logs: [{ container: 'app', pod: 'p', previous: true, lines: [LONG] }] }),
      container,
    ),
  ],
  [
    'a line of a log',
    499,
    logSections(
      environment({ logs: [{ container: 'app', pod: 'p', previous: true, lines: [LONG] }] }),
      quote,
      5,
    ),
  ],
  [
    'the message of an Event',
    299,
    eventSections(environment({ events: [{ ...event, message: LONG }] }), quote, 5),
  ],
  [
    'the object of an Event',
    119,
    eventSections(environment({ events: [{ ...event, object: LONG }] }), quote, 5),
  ],
  [
    'the reason of an Event',
    59,
    eventSections(environment({ events: [{ ...event, reason: LONG }] }), quote, 5),
  ],
  ['the type of an Event', 9, eventSections(environment({ events: [{ ...event, type: LONG }] }), quote, 5)],
  [
    'a probe',
    199,
    factLines(
      story(aboutClass('probe', { containers: [{ ...container, probes: { liveness: LONG } }] })),
    ).find((line) => line.startsWith('**Probes**')),
  ],
  [
    'the cause of a change',
    199,
    changeLines(story(environment({ rollout: { ...rollout, changeCause: LONG } }))),
  ],
  [
    'a value before a change',
    199,
    changeLines(
      story(
        environment({
          rollout: { ...rollout, changes: [{ container: 'a', image: { from: LONG, to: 'b' } }] },
        }),
      ),
    ),
  ],
  [
    'the name of a variable',
    99,
    changeLines(
      story(
        environment({
          rollout: {
            ...rollout,
            changes: [{ container: 'a', environment: { added: [LONG], removed: [], changed: [] } }],
          },
        }),
      ),
    ),
  ],
  ['a line about a node', 239, placementSections(environment({ scheduling }), quote, 5)],
  [
    'any other text',
    299,
    factLines(story(environment({ cluster: { name: LONG } }))).find((line) => line.startsWith('**Where**')),
  ],
  ['the cause', 499, factLines({ ...story(environment({ logs: [], events: [] })), message: LONG })[0]],
  [
    'what was left out',
    199,
    renderDescription(story(environment({ omitted: [{ field: LONG, reason: 'r' }] })))
      .split('\n')
      .find((line) => line.startsWith('Not read')),
  ],
])('%s is told with %d characters at most', (_what, most, text) => {
  expect(longest(text)).toBe(most);
});

test('of what was left out five are told', () => {
  const omitted = Array.from({ length: 6 }, (_, n) => ({ field: `f${n}`, reason: 'r' }));
  const lineOf = (count: number): string | undefined =>
    renderDescription(story(environment({ omitted: omitted.slice(0, count) })))
      .split('\n')
      .find((line) => line.startsWith('Not read'));
  expect(lineOf(5)).toMatch(/`f4: r`\.$/);
  expect(lineOf(6)).toMatch(/`f4: r` and 1 more\.$/);
  expect(lineOf(0)).toBeUndefined();
});
