import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { detect } from '../../src/detect/index.ts';
import { environmentSchema, type Evidence } from '../../src/domain/environment.ts';
import type { Signal } from '../../src/domain/failure.ts';
import { refOf, type ObjectView } from '../../src/domain/views.ts';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { containerFacts, containersOf, secretValuesOf } from '../../src/kube/evidence/container.ts';
import { nodeFacts } from '../../src/kube/evidence/node.ts';
import { chainOf, ownerFacts } from '../../src/kube/evidence/owner.ts';
import { podFacts } from '../../src/kube/evidence/pod.ts';
import { fields } from '../../src/kube/object-fields.ts';
import { composeIncident } from '../../src/compose/incident-draft.ts';
import { toEvent } from '../../src/watch/to-event.ts';
import { toNode } from '../../src/watch/to-node.ts';
import { toPod } from '../../src/watch/to-pod.ts';
import { hostileEvent, hostileNode, hostilePod, numRuns, oddText } from './hostile.ts';

const now = Date.UTC(2026, 10, 23, 3);
const maxEnvironmentLength = 65_536;
const settings = {
  redactor: createRedactor(defaultRedactionOptions),
  agent: { name: 'ankra-support-agent', version: '0.0.0' },
  namespace: 'ankra',
  maxEnvironmentLength,
  category: 'technical' as const,
};
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'odd', uid: 'd-1' };
const markdown = new MarkdownIt();

function signalsOf(view: ObjectView, events: readonly ObjectView[]): readonly Signal[] {
  const found = detect({
    view,
    events: events.filter((event) => event.kind === 'Event'),
    now,
    options: { resolveAfterMs: 600_000 },
  });
  expect(found.failures).toEqual([]);
  return found.signals;
}

function evidenceOf(pod: object, node: object, lines: readonly string[]): Evidence {
  const containers = containersOf(fields(pod));
  return {
    takenAt: now,
    owner: ownerFacts(owner, fields(pod), {
      chain: chainOf(owner, fields(pod), []),
      listed: { labels: ['app'], annotations: ['note'] },
      pod: fields(pod),
    }),
    pod: podFacts(fields(pod)),
    containers: containers.map(containerFacts),
    node: nodeFacts(fields(node)),
    events: [],
    logs: [{ container: 'app', pod: 'odd', previous: true, lines: [...lines] }],
    omitted: [],
    secretValues: containers.flatMap(({ spec }) => secretValuesOf(spec)),
  };
}

/** What a description is made of, without the text in code: nothing from the cluster may add to it. */
function expectSafe(description: string): void {
  const tokens = markdown.parse(description, {}).flatMap((token) => [token, ...(token.children ?? [])]);
  for (const { type, content } of tokens) {
    expect(type).not.toMatch(/^(?:html_|image|link_)/);
    expect(type === 'text' ? content : '').not.toMatch(/onerror|<img|<\/details|@all/);
  }
}

test('whatever objects hold, nothing throws, everything has a bound, and the ticket keeps its form', () => {
  fc.assert(
    fc.property(
      hostilePod,
      hostileNode,
      hostileEvent,
      fc.array(oddText, { maxLength: 6 }),
      fc.option(oddText, { nil: undefined }),
      // oxlint-disable-next-line complexity, max-params -- one property over everything at once
      (pod, node, event, lines, note) => {
        const views = [toPod(pod), toNode(node), toEvent(event)].filter((view) => view !== undefined);
        const signals = views.flatMap((view) => signalsOf(view, views));
        const target = views[0] === undefined ? owner : refOf(views[0]);
        const { spec } = composeIncident(
          {
            opening: {
              name: 'pod-odd-0123abcd-1',
              key: '0123abcd',
              trigger: signals.length === 0 ? 'manual' : 'automatic',
              owner: { ...owner, name: target.name },
              signals,
              since: now,
              occurrences: 1,
              affected: views.map((view) => view.name),
              ...(note === undefined ? {} : { note }),
            },
            evidence: evidenceOf(pod, node, lines),
            cluster: { uid: 'c-1' },
            severity: 'critical',
            now,
          },
          settings,
        );
        const { draft } = spec;
        expect(draft?.subject.length).toBeLessThanOrEqual(200);
        expect(draft?.subject).not.toMatch(/[\n\r\u2028\u202e\u{e0041}]/u);
        expect(draft?.description.length).toBeLessThanOrEqual(10_000);
        expect(draft?.environment.length).toBeLessThanOrEqual(maxEnvironmentLength);
        expect(environmentSchema.safeParse(JSON.parse(draft?.environment ?? '')).error).toBeUndefined();
        expect(draft?.environment.isWellFormed()).toBe(true);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
        expectSafe(draft?.description ?? '');
      },
    ),
    { numRuns },
  );
}, 600_000);
