// What shows how something goes says where it is fetched anew (data-now-url): a case's page piece by piece (data-now), a
// list of what was sent row by row. Each piece takes the place of the one with its id; the focus and what is unfolded stay.
import { all, swap } from "./dom.js";

const FETCH_AFTER_MS = 150; // what happens at about the same time is fetched once

export const roots = all("[data-now-url]");
const changedIds = new Map();

export function renewSoon(root, id) {
  if (!root) return;
  if (changedIds.has(root)) {
    changedIds.get(root).push(id);
    return;
  }
  changedIds.set(root, [id]);
  setTimeout(() => renew(root), FETCH_AFTER_MS);
}

function renew(root) {
  const ids = changedIds.get(root);
  changedIds.delete(root);
  const whole = root.dataset.case || ids.includes(undefined);
  const selector = whole ? "[data-now], [data-case]" : ids.map((id) => `[data-case="${CSS.escape(id)}"]`).join();
  const [first, ...rest] = all(selector, root).map((piece) => `#${CSS.escape(piece.id)}`);
  if (!first) return;
  const selectOOB = rest.map((piece) => `${piece}:outerMorph`).join(",");
  swap("GET", root.dataset.nowUrl, first, { source: root, select: first, selectOOB });
}
