// The list of cases: a row is renewed where it stands. A case that has no row is counted in "3 nya – visa", so that no
// row moves under the focus or the pointer.
import { one, swap } from "./dom.js";

const COUNTS_AFTER_MS = 400; // what happens at about the same time is counted once

export const list = one("[data-rows]");
const unseen = new Set();

// The row of the case that is open stays marked when it comes anew.
export function markOpenRow() {
  document.getElementById(`row-${location.pathname.split("/")[2]}`)?.setAttribute("aria-current", "true");
}

export function offerReload(text) {
  const link = Object.assign(document.createElement("a"), {
    href: location.pathname + location.search,
    textContent: text,
  });
  one("[data-news]")?.replaceChildren(link);
}

export function announceCase(id) {
  unseen.add(id);
  const words = one("[data-news]").dataset;
  offerReload(unseen.size === 1 ? words.one : `${unseen.size} ${words.many}`);
}

export function renewRow(id) {
  const url = list.dataset.rowUrl.replace("{id}", encodeURIComponent(id));
  const row = `#row-${CSS.escape(id)}`;
  swap("GET", url, row, { source: row }).then(() => {
    document.getElementById(`row-${id}`)?.classList.add("changed");
    markOpenRow();
  });
}

let counting;
export function renewCounts() {
  clearTimeout(counting);
  counting = setTimeout(() => swap("GET", list.dataset.countsUrl, "#rail", { source: "#rail" }), COUNTS_AFTER_MS);
}
