// What the pages of the desk do in a browser. Without it they can be read and written all the same.
import { keepForms } from './forms.js';
import { followDesk } from './live.js';
import { all, tick } from './times.js';

// --- Copying --------------------------------------------------------------------------------------------------

/** @param {ParentNode} root */
function addCopyButtons(root) {
  /** @type {HTMLElement[]} */
  const places = all('[data-copy]', root);
  for (const place of places) {
    if (place.querySelector('button') !== null) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.dataset.key = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', place.dataset.copy || 'Copy');
    place.append(button);
  }
}

document.addEventListener('click', (event) => {
  const opener = event.target instanceof Element ? event.target.closest('[data-opens]') : null;
  if (opener instanceof HTMLElement) openDialog(opener.dataset.opens ?? '');
});

/** @param {string} id */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button.copy') : null;
  if (button === null) return;
  const place = button.closest('[data-copy]');
  const text = place?.querySelector('[data-text], pre, code')?.textContent ?? '';
  copy(text, button).then(
    () => say(button, 'Copied'),
    () => say(button, 'Not allowed'),
  );
});

/**
 * Browsers give the clipboard to https and to this machine alone. Elsewhere a selection is copied, as by hand.
 * @param {string} text @param {Element} beside
 */
async function copy(text, beside) {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.dataset.local = '';
  area.className = 'unseen';
  beside.after(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) throw new Error('the browser does not copy');
}

/** @param {Element} button @param {string} text */
function say(button, text) {
  button.textContent = text;
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 1500);
}

// --- Back to the list -----------------------------------------------------------------------------------------

/** The list as it was last filtered in this tab, at the ticket that was read. */
function keepPlace() {
  const link = document.querySelector('a[data-list]');
  if (!(link instanceof HTMLAnchorElement)) return;
  if (document.querySelector('form.filters') === null) {
    link.href = `/${sessionStorage.getItem('list') ?? ''}`;
    link.addEventListener('click', () => sessionStorage.setItem('read', location.pathname));
    return;
  }
  sessionStorage.setItem('list', location.search);
  /** @type {HTMLAnchorElement[]} */
  const rows = all('a[data-row]');
  rows.find((row) => row.getAttribute('href') === sessionStorage.getItem('read'))?.focus();
  sessionStorage.removeItem('read');
}

// --- Keyboard -------------------------------------------------------------------------------------------------

/** @param {number} by */
function moveBy(by) {
  /** @type {HTMLElement[]} */
  const rows = all('a[data-row]');
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next]?.focus();
}

/** @param {string} id */
function focusOn(id) {
  const element = document.getElementById(id);
  element?.focus();
  return element !== null;
}

/** @type {Record<string, () => unknown>} */
const keys = {
  j: () => moveBy(1),
  k: () => moveBy(-1),
  '/': () => focusOn('search') || location.assign('/#search'),
  c: () => focusOn('comment'),
  u: () => {
    const link = document.querySelector('a[data-list]');
    if (link instanceof HTMLElement) link.click();
  },
  '?': () => openDialog('keys'),
};

/** Whether a key is somebody else's: a shortcut of the browser, of an input method, or of an open dialog. @param {KeyboardEvent} event */
function isOthers(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  return document.querySelector('dialog[open]') !== null;
}

document.addEventListener('keydown', (event) => {
  if (isOthers(event)) return;
  const { target, key } = event;
  if (target instanceof Element && target.closest('input, textarea, select') !== null) {
    if (key === 'Escape' && target instanceof HTMLElement) target.blur();
    return;
  }
  const action = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (action === undefined) return;
  event.preventDefault();
  action();
});

addCopyButtons(document);
keepForms();
keepPlace();
tick();
setInterval(tick, 1000);
followDesk(addCopyButtons);
if (location.hash === '#search') focusOn('search');
