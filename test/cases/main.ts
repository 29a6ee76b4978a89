/**
 * Plays cases and says how each is told: `npm run cases -- 6-blob D14` for those whose ids begin so, all without a name. `--text` shows
 * the tickets as well; `--update` writes known-failures.json, after a look at what has changed in it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, KNOWN_FAILURES, knownFailures, readCases } from './case.ts';
import { playCase } from './play.ts';
import { verdict } from './verdict.ts';

const { values, positionals } = parseArgs({
  options: { text: { type: 'boolean', default: false }, update: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Whether it is told right. */
async function play(one: Case): Promise<boolean> {
  const tickets = await playCase(one);
  const wrong = verdict(one, tickets);
  say(`${wrong.length === 0 ? 'right' : 'WRONG'}  ${one.id}  ${wrong.join('; ')}`);
  for (const { subject, description, comments } of tickets) {
    say(`         ${subject}`);
    if (values.text) say([description, ...comments].join('\n---\n'));
  }
  return wrong.length === 0;
}

const chosen = readCases().filter(
  ({ id }) => positionals.length === 0 || positionals.some((begin) => id.startsWith(begin)),
);
const failing = new Set(knownFailures);
for (const one of chosen) {
  if (await play(one)) failing.delete(one.id);
  else failing.add(one.id);
}
const right = chosen.filter(({ id }) => !failing.has(id)).length;
say(`${right} of ${chosen.length} are told right`);
if (values.update) {
  const ids = [...failing].toSorted((left, right) => (left < right ? -1 : 1));
  await writeFile(join(import.meta.dirname, KNOWN_FAILURES), `${JSON.stringify(ids, undefined, 2)}\n`);
}
// The clocks of the cases stand still: what waits on them waits for ever.
process.exit();
