// What the pages of the desk do in a browser. Without it they can be read and written all the same.
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
  u: () => location.assign('/'),
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

// --- What is being typed outlives a reload --------------------------------------------------------------------

function keepDrafts() {
  /** @type {HTMLTextAreaElement[]} */
  const areas = all('textarea[data-draft]');
  for (const area of areas) {
    const name = `draft:${area.dataset.draft}`;
    if (area.value === '') area.value = sessionStorage.getItem(name) ?? '';
    area.addEventListener('input', () => sessionStorage.setItem(name, area.value));
    area.form?.addEventListener('submit', () => sessionStorage.removeItem(name));
  }
}

// --- Filters take effect as they are chosen -------------------------------------------------------------------

document.addEventListener('change', (event) => {
  const select = event.target;
  if (select instanceof HTMLSelectElement && select.form?.classList.contains('filters') === true)
    select.form.requestSubmit();
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.classList.contains('filters')) return;
  // An address without what was not asked for.
  /** @type {(HTMLInputElement | HTMLSelectElement)[]} */
  const fields = all('input, select', form);
  for (const field of fields) field.disabled = field.value === '';
  setTimeout(() => {
    for (const field of fields) field.disabled = false;
  });
});

addCopyButtons(document);
keepDrafts();
tick();
setInterval(tick, 1000);
followDesk(addCopyButtons);
if (location.hash === '#search') focusOn('search');
