// Forms with data-swap answer with the element that they change; without JavaScript they lead to a page.
import { all, one, swap } from "./dom.js";
import { renewSoon } from "./pieces.js";
import { markOpenRow, renewRow } from "./rows.js";
import { untickAll } from "./ticks.js";
import { dismissLater } from "./toasts.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const target = form.dataset.swap && one(form.dataset.swap);
  // A button with an address of its own leads to a page.
  if (!target || event.defaultPrevented || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  const values = {}; // a name that comes several times has its values in one, with commas
  for (const [name, value] of new FormData(form, event.submitter))
    values[name] = name in values ? `${values[name]},${value}` : value;
  event.submitter?.setAttribute("aria-busy", "true");
  const hadFocus = target.contains(document.activeElement);
  const isList = target.matches(".list");
  const at = isList ? all(".row").findIndex((row) => row.contains(document.activeElement) || one(":checked", row)) : 0;
  values.swap = form.dataset.swap;
  swap(form.method, form.action, target, { source: form, values }).finally(() => {
    const fresh = one(form.dataset.swap);
    event.submitter?.removeAttribute("aria-busy");
    dismissLater();
    markOpenRow();
    renewSoon(fresh?.closest("[data-now-url]"));
    if (isList) return settle(at);
    if (hadFocus && fresh && !fresh.contains(document.activeElement)) one("button, a", fresh)?.focus();
  });
});

// After something was done with many rows the focus goes on to the row that now stands where the first of them stood.
function settle(at) {
  untickAll();
  document.getElementById("bulk-more")?.hidePopover();
  for (const box of all("#bulk [data-needs-js]")) box.hidden = false;
  const rows = all(".row .subject");
  (rows[Math.min(Math.max(at, 0), rows.length - 1)] ?? one(".list-head a"))?.focus({ focusVisible: true });
}

// Why it could not be done comes as a toast; what the form stands in is shown as it has become.
document.addEventListener("htmx:response:error", (event) => {
  const form = event.detail.ctx.sourceElement;
  const row = form.closest?.("[data-row]");
  if (!form.dataset.swap) return;
  if (row) renewRow(row.dataset.row);
  else renewSoon(form.closest("[data-now-url]"));
});
