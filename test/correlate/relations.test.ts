import { expect, test } from '@jest/globals';
import { Relations } from '../../src/correlate/relations.ts';
import { DAY, HOUR } from '../../src/domain/clock.ts';
import { anIncident, NOW } from './fixtures.ts';

function opened(uid: string, openedAt: number): ReturnType<typeof anIncident> {
  const incident = anIncident();
  return { ...incident, uid, spec: { ...incident.spec, openedAt } };
}

test('openings that are too old to count are forgotten, though nobody asks for them', () => {
  const relations = new Relations(({ name }) => name);
  relations.noteIncident(opened('first', NOW), NOW);
  expect(relations.openedWithin(HOUR, NOW)).toBe(1);
  relations.noteIncident(opened('second', NOW + HOUR), NOW + HOUR);
  relations.noteIncident(opened('seen late', NOW), NOW + HOUR);
  expect(relations.openedWithin(DAY, NOW + HOUR)).toBe(1);
});
