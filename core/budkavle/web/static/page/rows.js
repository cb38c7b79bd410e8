// The list of cases: a row is renewed where it stands. A case that has no row is counted in "3 nya – visa", so that no
// row moves under the focus or the pointer.
import { one, swap } from "./dom.js";

const COUNTS_AFTER_MS = 400; // what happens at about the same time is counted once
const COUNTS_UNSEEN_MS = 10_000; // in a window that nobody looks at, for its title alone
const ROWS_AFTER_MS = 150;
const LONGEST_MS = 10_000;

const isSeen = () => document.visibilityState === "visible";

// How long to wait until something is fetched: a moment, and twice as long as the last time where changes go on and on.
// Pages that hear the same then do not all ask at the same time.
function paced(first) {
  let pause = first;
  let fetched = 0;
  return () => {
    pause = Date.now() - fetched < 2 * pause ? Math.min(2 * pause, LONGEST_MS) : first;
    const wait = pause === first ? first : pause * (1 + Math.random() / 2);
    fetched = Date.now() + wait;
    return wait;
  };
}

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
  if (one("[data-news] .stale")) return; // loading it again shows the new ones too
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

// Many cases may change at once: their rows are fetched together; in a window that nobody looks at, once somebody does.
const changed = new Set();
const rowsPause = paced(ROWS_AFTER_MS);
let renewing = null;
export function renewRows(id) {
  changed.add(id);
  if (isSeen() && !renewing) renewing = setTimeout(renewChanged, rowsPause());
}

function renewChanged() {
  renewing = null;
  const ids = [...changed].filter((each) => document.getElementById(`row-${each}`));
  changed.clear();
  if (ids.length < 2) {
    ids.forEach(renewRow);
    return;
  }
  const [first, ...rest] = ids.map((each) => `#row-${CSS.escape(each)}`);
  const url = list.dataset.rowsUrl;
  const selectOOB = rest.map((row) => `${row}:outerMorph`).join(",");
  const address = `${url}${url.includes("?") ? "&" : "?"}ids=${ids.join(",")}`;
  swap("GET", address, first, { source: list, select: first, selectOOB }).then(markOpenRow);
}

const countsPause = paced(COUNTS_AFTER_MS);
let counting = null;
export function renewCounts() {
  const url = list?.dataset.countsUrl ?? document.body.dataset.counts;
  if (counting || !url || !one("#rail")) return;
  const pause = isSeen() ? countsPause() : COUNTS_UNSEEN_MS * (1 + Math.random());
  counting = setTimeout(() => {
    counting = null;
    swap("GET", url, "#rail", { source: "#rail" });
  }, pause);
}
document.addEventListener("visibilitychange", () => {
  if (!isSeen()) return;
  if (changed.size && !renewing) renewing = setTimeout(renewChanged, ROWS_AFTER_MS);
  if (!counting) return;
  clearTimeout(counting);
  counting = null;
  renewCounts();
});
