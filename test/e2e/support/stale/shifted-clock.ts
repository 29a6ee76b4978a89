/**
 * Preloaded into an agent (`--import`): a wall clock that the test sets wrong by messages, in milliseconds. Only what the agent reads by
 * `Date` is wrong; certificates are checked by the true time, as those of a test are too young for a clock that is behind.
 */
const TrueDate = Date;
let offsetMs = Number(process.env['E2E_CLOCK_OFFSET_MS'] ?? 0);

function now(): number {
  return TrueDate.now() + offsetMs;
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args: readonly unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
process.on('message', (ms) => {
  offsetMs = Number(ms);
});
// Being told the time is no reason to live on.
process.channel?.unref();
