// Ages and count-downs go on.
/** @type {<T extends Element>(selector: string, root?: ParentNode) => T[]} */
export const all = (selector, root = document) => /** @type {any} */ ([...root.querySelectorAll(selector)]);

/** As `age` of times.ts. @param {number} ms */
function ageOf(ms) {
  const [second, minute, hour, day] = [1e3, 6e4, 36e5, 864e5];
  if (ms < 10 * second) return 'just now';
  if (ms < minute) return `${Math.floor(ms / second)} s ago`;
  if (ms < hour) return `${Math.floor(ms / minute)} min ago`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h ago`;
  return `${Math.floor(ms / day)} days ago`;
}

/** The desk's clock minus this browser's: ages are told by the desk's. */
const ahead = Number(document.body.dataset.now) - Date.now();

/** Brings every age and count-down up to date. */
export function tick() {
  const now = Date.now() + ahead;
  /** @type {HTMLTimeElement[]} */
  const times = all('time[data-age]');
  for (const time of times) {
    const text = ageOf(now - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
  /** @type {HTMLElement[]} */
  const waits = all('[data-until]');
  for (const wait of waits) {
    const text = `${Math.max(0, Math.ceil((Number(wait.dataset.until) - now) / 1000))} s`;
    if (wait.textContent !== text) wait.textContent = text;
  }
}
