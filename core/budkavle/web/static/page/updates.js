// What live.js tells of: a change says {"mailbox", "case", "kind"}, ids only, and the page fetches what it shows of it.
import { one } from "./dom.js";
import { renewSoon, roots } from "./pieces.js";
import { announceCase, list, offerReload, renewCounts, renewRows } from "./rows.js";

function changed({ detail }) {
  const id = detail.case;
  if (!id) return;
  for (const root of roots) if ((root.dataset.case ?? id) === id) renewSoon(root, id);
  renewCounts();
  if (!list?.dataset.rowUrl) return;
  if (document.getElementById(`row-${id}`)) renewRows(id);
  else if (detail.kind === "joined" && list.dataset.mailbox === detail.mailbox) announceCase(id);
}

function missed() {
  for (const root of roots) renewSoon(root);
  renewCounts();
  if (list?.dataset.rowUrl) offerReload(one("[data-news]").dataset.missed);
}

document.addEventListener("live:change", changed);
document.addEventListener("live:missed", missed);
document.addEventListener("session:in", missed);
