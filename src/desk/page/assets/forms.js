// What is filled in: filters take effect as they are chosen, a form is sent once, and what is being written is kept until the desk has it.
import { all } from './times.js';

// --- Filters --------------------------------------------------------------------------------------------------

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

// --- A form is sent once --------------------------------------------------------------------------------------

/** So long an answer is waited for before the same form can be sent again. */
const ANSWER_MS = 10_000;
/** When a form was sent. @type {Map<HTMLFormElement, number>} */
const sent = new Map();

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
  if (Date.now() - (sent.get(form) ?? 0) < ANSWER_MS) event.preventDefault();
  else sent.set(form, Date.now());
});

// --- What is being written ------------------------------------------------------------------------------------

/** @returns {HTMLTextAreaElement[]} */
const drafts = () => all('textarea[data-draft]');

/** @param {HTMLTextAreaElement} area */
const nameOf = (area) => `draft:${area.dataset.draft}`;

/** The desk leads here when it has kept a comment: only then is the draft done with. */
function forgetSaid() {
  if (location.hash !== '#said') return;
  for (const area of drafts()) sessionStorage.removeItem(nameOf(area));
  history.replaceState(history.state, '', location.pathname + location.search);
}

// A page to which the browser goes back is shown as it was left.
window.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  sent.clear();
  for (const area of drafts()) area.value = sessionStorage.getItem(nameOf(area)) ?? '';
  /** @type {HTMLFormElement[]} */
  const filters = all('form.filters');
  for (const form of filters) form.reset();
});

/** Keeps drafts from now on. */
export function keepForms() {
  forgetSaid();
  for (const area of drafts()) {
    if (area.value === '') area.value = sessionStorage.getItem(nameOf(area)) ?? '';
    const keep = () => sessionStorage.setItem(nameOf(area), area.value);
    area.addEventListener('input', keep);
    // What was written before this script was there.
    area.form?.addEventListener('submit', keep);
  }
}
