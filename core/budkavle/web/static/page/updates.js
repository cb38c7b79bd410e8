// What live.js tells of: a change says {"mailbox", "case", "kind"}, ids only, and the page fetches what it shows of it.
import { one } from "./dom.js";
import { renewSoon, roots } from "./pieces.js";
import { announceCase, list, offerReload, renewCounts, renewRows } from "./rows.js";

function changed(change) {
  if (!change.case) return;
  for (const root of roots) {
    if ((root.dataset.case ?? change.case) === change.case) renewSoon(root, change.case);
  }
  renewCounts();
  if (!list?.dataset.rowUrl) return;
  if (document.getElementById(`row-${change.case}`)) renewRows(change.case);
  else if (change.kind === "joined" && list.dataset.mailbox === change.mailbox) announceCase(change.case);
}

function missed() {
  for (const root of roots) renewSoon(root);
  renewCounts();
  if (list?.dataset.rowUrl) offerReload(one("[data-news]").dataset.missed);
}

// Between the making of the page and the first word of the stream something that waits may have gone its way.
function linked() {
  for (const root of roots) if (one(".tag.wait", root)) renewSoon(root);
}

document.addEventListener("live:change", (event) => changed(event.detail));
document.addEventListener("live:missed", missed);
document.addEventListener("live:linked", linked);
document.addEventListener("session:in", missed);
