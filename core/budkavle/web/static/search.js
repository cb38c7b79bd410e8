// An open list of hits: rows that change are fetched anew, and a line says when there are new hits. What comes is in the
// index of searches some seconds later, so the server is asked then, and once more for what took longer.
import { one, swap } from "./page/dom.js";

const ASK_AFTER_MS = 3000;
const AGAIN_AFTER_MS = 15_000;
const MOST = 40;

const url = one("#search-news")?.dataset.newsUrl;
const changed = new Set();
let others = [];
let waiting = null;

function ask(more = "") {
  waiting = null;
  const shown = [...changed].filter((id) => document.getElementById(`row-${id}`)).slice(0, MOST);
  const rest = [...changed].filter((id) => !document.getElementById(`row-${id}`));
  others = [...new Set([...others, ...rest])].slice(-MOST);
  changed.clear();
  const selectOOB = shown.map((id) => `#row-${CSS.escape(id)}:outerMorph`).join(",");
  const address = `${url}&rows=${shown.join(",")}&ids=${others.join(",")}${more}`;
  swap("GET", address, "#search-news", { source: "#search-news", select: "#search-news", selectOOB });
  return rest.length > 0;
}

function askSoon() {
  if (waiting === null) waiting = setTimeout(() => ask() && setTimeout(ask, AGAIN_AFTER_MS), ASK_AFTER_MS);
}

if (url) {
  document.addEventListener("live:change", ({ detail }) => {
    if (!detail.case) return;
    changed.add(detail.case);
    askSoon();
  });
  document.addEventListener("live:missed", () => ask("&missed=1"));
}
