/**
 * Asks twice a second whether anything has changed, and then exchanges the parts of the page that are marked as
 * live: what a person is typing, and what they have unfolded, stays.
 */
export const script = `
const live = document.getElementById('live');
let revision = document.body.dataset.revision;
async function refresh() {
  const page = await (await fetch(location.href, { cache: 'no-store' })).text();
  // The style of the new answer has another nonce, and is not wanted anyway.
  const fresh = new DOMParser().parseFromString(page.slice(page.indexOf('<body')), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
    if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
  }
}
async function look() {
  if (document.hidden) return;
  const answer = await fetch('/revision', { cache: 'no-store' });
  const now = (await answer.text()).trim();
  if (now !== revision) await refresh();
  revision = now;
}
async function run() {
  try { await look(); live.className = 'live'; live.textContent = 'live'; }
  catch { live.className = 'live lost'; live.textContent = 'no connection'; }
  setTimeout(run, 500);
}
run();
`;

/** The whole style of the desk. */
export const styles = `
:root {
  --paper: #f5f6f8; --card: #ffffff; --ink: #1b2330; --soft: #5c6778; --faint: #8b95a5; --line: #e1e5eb;
  --code: #f1f3f7; --link: #1d5fc4; --critical: #b3261e; --critical-paper: #fdecea; --high: #a14b00;
  --high-paper: #fff1e3; --medium: #7a5c00; --medium-paper: #fdf6da; --low: #41526b; --low-paper: #e9eef5;
  --open: #1d5fc4; --open-paper: #e7f0fd; --done: #1b7a43; --done-paper: #e4f5ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --card: #1a202a; --ink: #e4e9f1; --soft: #a3aebf; --faint: #76839a; --line: #2b3442;
    --code: #12171f; --link: #7fb2ff; --critical: #ff8a80; --critical-paper: #45211f; --high: #ffb374;
    --high-paper: #40291a; --medium: #f0d264; --medium-paper: #39311a; --low: #b4c3d9; --low-paper: #2a3443;
    --open: #8fbcff; --open-paper: #1f3150; --done: #7fd9a2; --done-paper: #1c3a29;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.top { display: flex; align-items: center; justify-content: space-between; padding: 14px 28px; background: var(--card); border-bottom: 1px solid var(--line); }
.top a { color: var(--ink); font-weight: 650; letter-spacing: -0.01em; }
.live { color: var(--soft); font-size: 13px; }
.live::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: #2fa35b; }
.live.lost::before { background: var(--critical); }
main { max-width: 1240px; margin: 0 auto; padding: 26px 28px 60px; }
h1 { margin: 0 0 6px; font-size: 23px; line-height: 1.3; font-weight: 650; letter-spacing: -0.012em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 13px; font-weight: 650; color: var(--soft); text-transform: uppercase; letter-spacing: 0.05em; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px; margin-bottom: 18px; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 12.5px; font-weight: 600; white-space: nowrap; background: var(--low-paper); color: var(--low); }
.badge.critical { background: var(--critical-paper); color: var(--critical); }
.badge.high { background: var(--high-paper); color: var(--high); }
.badge.medium { background: var(--medium-paper); color: var(--medium); }
.badge.open, .badge.triaging, .badge.in_progress, .badge.pending_review { background: var(--open-paper); color: var(--open); }
.badge.resolved, .badge.closed { background: var(--done-paper); color: var(--done); }
.badge.waiting_customer { background: var(--medium-paper); color: var(--medium); }
.filters { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0 18px; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 6px 10px; }
input[type="search"] { flex: 1 1 260px; min-width: 0; }
button { cursor: pointer; font-weight: 600; }
button:hover { border-color: var(--faint); }
button.main { background: var(--link); border-color: var(--link); color: var(--card); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.tickets { padding: 0; overflow: hidden; }
.tickets table { width: 100%; border-collapse: collapse; }
.tickets th { text-align: left; padding: 10px 14px; font-size: 12.5px; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
.tickets td { padding: 11px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
.tickets tr:last-child td { border-bottom: 0; }
.tickets tbody tr:hover { background: var(--paper); }
.tickets td.subject { width: 99%; overflow-wrap: anywhere; }
.tickets td.subject a { color: var(--ink); font-weight: 600; }
.tickets td.nowrap { white-space: nowrap; color: var(--soft); }
.marker { color: var(--faint); font-weight: 400; font-size: 0.82em; white-space: nowrap; }
.empty { padding: 56px 20px; text-align: center; color: var(--soft); }
.pages { display: flex; gap: 14px; align-items: center; color: var(--soft); }
.sub { color: var(--soft); margin: 0; }
.heading { margin-bottom: 18px; }
.heading .badges { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 10px; color: var(--soft); font-size: 13.5px; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 300px; gap: 18px; align-items: start; }
.side { position: sticky; top: 18px; }
.facts { margin: 0; }
.facts dt { color: var(--soft); font-size: 12.5px; margin-top: 11px; }
.facts dt:first-child { margin-top: 0; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .id, code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; font-size: 12.8px; }
code { background: var(--code); border-radius: 4px; padding: 1px 5px; overflow-wrap: anywhere; }
pre { margin: 8px 0 14px; padding: 12px 14px; background: var(--code); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; line-height: 1.5; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
.text-body > :first-child { margin-top: 0; }
.text-body > :last-child { margin-bottom: 0; }
.text-body h3, .text-body h4, .text-body h5 { margin: 22px 0 8px; font-size: 15.5px; font-weight: 650; }
.text-body p, .text-body ul, .text-body ol { margin: 0 0 12px; }
.text-body ul, .text-body ol { padding-left: 22px; }
.text-body li { margin: 2px 0; overflow-wrap: anywhere; }
.text-body p { overflow-wrap: anywhere; }
.text-body blockquote { margin: 0 0 12px; padding-left: 14px; border-left: 3px solid var(--line); color: var(--soft); }
.text-body hr { border: 0; border-top: 1px solid var(--line); margin: 18px 0; }
.scroll { overflow-x: auto; margin-bottom: 14px; }
.scroll table { border-collapse: collapse; font-size: 13.8px; min-width: 60%; }
.scroll th, .scroll td { overflow-wrap: break-word; text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.scroll th { color: var(--soft); font-weight: 600; font-size: 12.5px; white-space: nowrap; }
.comment { border-top: 1px solid var(--line); padding: 14px 0 4px; }
.comment:first-of-type { border-top: 0; padding-top: 0; }
.comment .who { color: var(--soft); font-size: 13.5px; margin-bottom: 4px; }
.comment .who b { color: var(--ink); }
.actions textarea { width: 100%; min-height: 84px; resize: vertical; display: block; margin-bottom: 10px; }
.actions .row { display: flex; gap: 10px; }
.tree { font-size: 14px; }
.tree details.section { border-top: 1px solid var(--line); padding: 8px 0; }
.tree summary, .raw summary { cursor: pointer; font-weight: 600; }
.tree summary::first-letter { text-transform: uppercase; }
.count { color: var(--faint); font-weight: 400; }
.tree dl { margin: 4px 0; }
.tree .field { display: grid; grid-template-columns: 168px minmax(0, 1fr); gap: 12px; padding: 2px 0; }
.tree dt { color: var(--soft); overflow-wrap: anywhere; }
.tree dd { margin: 0; overflow-wrap: anywhere; }
.tree dd dl { margin: 0; border-left: 2px solid var(--line); padding-left: 12px; }
.tree dd dl .field { grid-template-columns: 150px minmax(0, 1fr); }
.tree details.section > dl, .tree details.section > pre, .tree details.section > ol, .tree details.section > .scroll { margin-left: 15px; }
.tree ol.items { margin: 4px 0; padding-left: 20px; }
.tree ol.items > li { padding: 4px 0; }
.tree ol.items > li::marker { color: var(--faint); font-size: 12px; }
.tree ul.words { margin: 0; padding: 0; list-style: none; }
.none { color: var(--faint); }
.raw { margin-top: 12px; border-top: 1px solid var(--line); padding-top: 10px; }
@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .side { position: static; }
  main { padding: 18px 14px 40px; }
  .hide-small { display: none; }
  .tree .field, .tree dd dl .field { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
`;
