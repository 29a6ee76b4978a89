// The page follows the desk: it is told of every change, and takes over what is new without touching what is being done.
import { follow } from './follow.js';
import { tick } from './times.js';

/** Run on what comes from the desk before it is taken over. @type {(root: ParentNode) => void} */
let prepare = () => undefined;

let isRefreshing = false;
let isStale = false;

async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (isStale) {
      isStale = false;
      const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      if (answer.redirected) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const [main, next] = [document.querySelector('main'), fresh.querySelector('main')];
      if (main === null || next === null) continue;
      const focused = document.activeElement;
      prepare(next);
      follow(main, next);
      if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused)
        focused.focus({ preventScroll: true });
      document.title = fresh.title;
      document.body.dataset.revision = fresh.body.dataset.revision;
      tick();
    }
  } finally {
    isRefreshing = false;
  }
}

const live = document.getElementById('live');
let heardAt = 0;
/** @type {EventSource | undefined} */
let source;
/** The desk says something every five seconds, even when nothing changes: see events.ts. */
const SILENCE_MS = 11_000;

/** @param {boolean} isLive */
function showLive(isLive) {
  const text = isLive ? 'live' : 'no connection';
  if (live === null || live.textContent === text) return;
  live.classList.toggle('lost', !isLive);
  live.textContent = text;
}

function lose() {
  showLive(false);
}

/** @param {MessageEvent} event */
function hear(event) {
  heardAt = Date.now();
  showLive(true);
  const { revision } = JSON.parse(event.data);
  // What changed while nobody listened is in no event: the revision says that there was something.
  if (revision === document.body.dataset.revision) return;
  refresh().catch(lose);
}

function connect() {
  source?.close();
  source = new EventSource('/events');
  for (const name of ['hello', 'change', 'beat']) source.addEventListener(name, hear);
  source.addEventListener('error', lose);
}

function watchSilence() {
  const silentMs = Date.now() - heardAt;
  if (document.hidden || silentMs <= SILENCE_MS) return;
  lose();
  // A stream that hangs, or one that the browser has given up, is opened anew.
  if (silentMs <= 2 * SILENCE_MS) return;
  heardAt = Date.now() - SILENCE_MS;
  connect();
}

// A browser keeps few connections to one server: a tab that nobody looks at gives its own back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) source?.close();
  else connect();
});

/** Follows the desk from now on. @param {(root: ParentNode) => void} preparation */
export function followDesk(preparation) {
  prepare = preparation;
  heardAt = Date.now();
  setInterval(watchSilence, 1000);
  if (!document.hidden) connect();
  const refreshMs = Number(document.body.dataset.refresh);
  if (refreshMs > 0) setInterval(() => void (document.hidden || refresh().catch(lose)), refreshMs);
}
