import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { containerFacts, containersOf, secretValuesOf } from '../../../src/kube/evidence/container.ts';
import { cut, eventTimes, fields } from '../../../src/kube/object-fields.ts';
import { cronJobFacts, jobFacts } from '../../../src/kube/evidence/job.ts';
import { nodeLacks, requirementsOf } from '../../../src/kube/evidence/node-fit.ts';
import { loadOf } from '../../../src/kube/evidence/node.ts';
import { podsOfRevision, rolloutRules } from '../../../src/kube/evidence/rollout.ts';
import { claimNames } from '../../../src/kube/evidence/storage.ts';
import { nodeFacts } from '../../../src/kube/evidence/node.ts';
import { chainOf, ownerFacts, selectorOf } from '../../../src/kube/evidence/owner.ts';
import { podFacts, worstPod } from '../../../src/kube/evidence/pod.ts';
import { lastLines } from '../../../src/kube/evidence/logs.ts';
import { otherChanges, templateChanges } from '../../../src/kube/evidence/template-diff.ts';
import { containerFactsSchema, podFactsSchema } from '../../../src/domain/environment.ts';
import { ownerFactsSchema, rolloutFactsSchema } from '../../../src/domain/environment-parts.ts';
import {
  cronJobFactsSchema,
  jobFactsSchema,
  nodeFactsSchema,
} from '../../../src/domain/environment-facts.ts';
import { crashedStatus, nextTemplate } from './scene.ts';

const pod = {
  metadata: { name: 'a', uid: 'u', labels: { app: 'a' } },
  spec: nextTemplate.spec,
  status: crashedStatus,
};

/** A good object of which one value somewhere is replaced by any JSON, or any JSON at all. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.tuple(fc.nat(), fc.jsonValue()).map(([at, value]) => {
    let place = 0;
    const text = JSON.stringify(pod, (_, child: unknown) => {
      place += 1;
      return place === (at % 90) + 2 ? value : child;
    });
    return JSON.parse(text) as unknown;
  }),
);
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'd-1' };

test('whatever an object holds, its facts keep to the schema', () => {
  fc.assert(
    fc.property(odd, odd, (one, other) => {
      podFactsSchema.parse(podFacts(fields(one)));
      nodeFactsSchema.parse(nodeFacts(fields(one)));
      for (const container of containersOf(fields(one)))
        containerFactsSchema.parse(containerFacts(container));
      ownerFactsSchema.parse(
        ownerFacts(owner, fields(one), {
          chain: chainOf(owner, fields(other), []),
          listed: { labels: ['app'], annotations: ['note'] },
        }),
      );
      const { spec } = fields<{ spec: object }>(one);
      rolloutFactsSchema.parse({ changes: templateChanges({ spec }, other) });
      for (const container of containersOf(fields(one))) secretValuesOf(container.spec);
      selectorOf(fields(one));
      jobFactsSchema.parse(jobFacts(fields(one)));
      cronJobFactsSchema.parse(cronJobFacts(fields(one), [fields(other)]));
      nodeFactsSchema.parse({ ...nodeFacts(fields(one)), ...loadOf([fields(one), fields(other)]) });
      nodeLacks(fields(other), requirementsOf(fields(one)));
      claimNames(fields(one));
      rolloutRules(fields(one));
      podsOfRevision(fields(one), 'a', true);
      otherChanges({ spec }, other);
      worstPod([fields(one), fields(other)]);
      expect(eventTimes(one).count).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

test('huge objects are cut', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    name: `c${index}`,
    image: 'i'.repeat(10_000),
  }));
  const facts = containersOf(fields({ spec: { containers: many } })).map(containerFacts);
  expect(facts).toHaveLength(50);
  expect(facts[0]?.image).toHaveLength(4_096);
});

test('a text is cut to valid Unicode', () => {
  expect(cut('ab', 2)).toBe('ab');
  expect(cut('a😀b', 2)).toBe('a\uFFFD');
});

test.each([
  ['', 3, 100, []],
  ['a\n\nb', 3, 100, ['a', '', 'b']],
  ['a\nb\nc\nd\n', 2, 100, ['c', 'd']],
  ['aaaa\nbbbb\n', 5, 6, ['bbbb']],
  ['0123456789\n', 5, 4, ['0123']],
])('of the log %j the last %i lines within %i bytes are %j', (log, lines, bytes, expected) => {
  expect(lastLines(log, { lines, bytes })).toEqual(expected);
});
