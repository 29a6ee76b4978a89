/**
 * The API server of the soak, in a process of its own: its memory must not count. Objects come, change and go all the time; every
 * few seconds something breaks. Arguments: objects, changes a second, milliseconds between faults.
 */
import { createModelServer, disturbances } from '../../test/kube/reflector/support/model-server.ts';
import type { Order, Word } from './messages.ts';

const [objects = 0, changesPerSecond = 0, faultEveryMs = 0] = process.argv.slice(2).map(Number);
const TICK_MS = 20;
/** Answers that the next requests get: broken connections, half bodies and refusals, alone and in a row. */
const answers = [[0], [200], [429], [500, 503], [410], [401], [504, 0, 200]] as const;

const model = await createModelServer();
const names: string[] = [];
let isHeld = false;
let created = 0;
let changes = 0;
let faults = 0;

function say(word: Word): void {
  process.send?.(word);
}

/** Always new names, as pods have them; as many at every moment. */
function create(): void {
  created += 1;
  const name = `web-${created}`;
  names.push(name);
  model.put(name);
}

function change(): void {
  changes += 1;
  if (changes % 10 === 0) {
    const oldest = names.shift();
    if (oldest !== undefined) model.remove(oldest);
    create();
  } else {
    model.put(names[changes % names.length] ?? 'web');
  }
}

/** Each kind in turn, and now and then two at once. */
function breakSomething(): void {
  faults += 1;
  const how = disturbances[faults % disturbances.length] ?? 'cut';
  const refused = answers[faults % answers.length] ?? [0];
  // The history goes about twice a minute: watches and continue tokens from before are expired then.
  if (faults % 11 === 0) model.compact();
  if (faults % 2 === 0) model.failNext(...refused);
  model.disturb(how);
}

for (let n = 0; n < objects; n += 1) create();
const perTick = (changesPerSecond * TICK_MS) / 1_000;
let due = 0;
setInterval(() => {
  if (isHeld) return;
  for (due += perTick; due >= 1; due -= 1) change();
}, TICK_MS);
setInterval(() => {
  if (!isHeld) breakSomething();
}, faultEveryMs);
setInterval(() => model.bookmark(), 1_000);

process.on('message', (order: Order) => {
  isHeld = order === 'hold';
  if (!isHeld) return;
  model.heal();
  say({ kind: 'held', state: model.state(), changes, faults });
});
process.once('disconnect', () => process.exit());
say({ kind: 'ready', url: model.url });
