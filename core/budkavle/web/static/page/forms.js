// Forms with data-swap answer with the element that they change; without JavaScript they lead to a page.
import { one, swap } from "./dom.js";
import { renewSoon } from "./pieces.js";
import { markOpenRow, renewRow } from "./rows.js";
import { dismissLater } from "./toasts.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const target = form.dataset.swap && one(form.dataset.swap);
  if (!target || event.defaultPrevented) return;
  event.preventDefault();
  const values = new FormData(form, event.submitter);
  event.submitter?.setAttribute("aria-busy", "true");
  const hadFocus = target.contains(document.activeElement);
  values.set("swap", form.dataset.swap);
  swap(form.method, form.action, target, { source: form, values: Object.fromEntries(values) }).finally(() => {
    const fresh = one(form.dataset.swap);
    event.submitter?.removeAttribute("aria-busy");
    dismissLater();
    markOpenRow();
    renewSoon(fresh?.closest("[data-now-url]"));
    if (hadFocus && fresh && !fresh.contains(document.activeElement)) one("button, a", fresh)?.focus();
  });
});

// Why it could not be done comes as a toast; what the form stands in is shown as it has become.
document.addEventListener("htmx:response:error", (event) => {
  const form = event.detail.ctx.sourceElement;
  const row = form.closest?.("[data-row]");
  if (!form.dataset.swap) return;
  if (row) renewRow(row.dataset.row);
  else renewSoon(form.closest("[data-now-url]"));
});
