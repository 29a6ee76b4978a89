// Makes one tree of elements like another and leaves what is the same: focus, what is being typed, what has been unfolded.

/** Whether one node can become the other. @param {Node} one @param {Node} other */
function isLike(one, other) {
  return one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
}

/** @param {Node | null} node */
function keyOf(node) {
  return node instanceof HTMLElement ? node.dataset.key : undefined;
}

/** What this page has added to itself, and the desk does not know. @param {Node | null} node */
function isLocal(node) {
  return node instanceof HTMLElement && 'local' in node.dataset;
}

/** Whether something is unfolded is the reader's choice. @param {Element} from @param {Element} to */
function followAttributes(from, to) {
  for (const { name } of Array.from(from.attributes))
    if (name !== 'open' && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (name !== 'open' && from.getAttribute(name) !== value) from.setAttribute(name, value);
}

/** The child that becomes `next`: the one with its key, else the one in its place. @param {Element} parent @param {Node | null} at @param {Node} next */
function counterpart(parent, at, next) {
  const key = keyOf(next);
  if (key !== undefined) return [...parent.children].find((child) => keyOf(child) === key);
  return at !== null && isLike(at, next) ? at : undefined;
}

/** @param {Node | null} node */
function skipLocal(node) {
  let at = node;
  while (isLocal(at)) at = at?.nextSibling ?? null;
  return at;
}

/** @param {Element} from @param {Element} to */
function followChildren(from, to) {
  let at = skipLocal(from.firstChild);
  for (const next of to.childNodes) {
    const known = counterpart(from, at, next);
    if (known === undefined) {
      from.insertBefore(next.cloneNode(true), at);
      continue;
    }
    if (known === at) at = skipLocal(at.nextSibling);
    else from.insertBefore(known, at);
    follow(known, next);
  }
  while (at !== null) {
    const gone = at;
    at = skipLocal(at.nextSibling);
    from.removeChild(gone);
  }
}

/** @param {Node} from changed @param {Node} to what it is to be like */
export function follow(from, to) {
  if (from.isEqualNode(to)) return;
  if (from instanceof Element && to instanceof Element) {
    followAttributes(from, to);
    followChildren(from, to);
  } else from.nodeValue = to.nodeValue;
}
