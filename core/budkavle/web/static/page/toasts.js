// Toasts leave by themselves, unless somebody is at them. A server that cannot be reached is told of in one.
import { all, one } from "./dom.js";

const STAY_MS = 15_000;

export function dismissLater() {
  for (const toast of all("[data-toast]")) {
    if (one("[data-countdown]", toast)) continue; // it says itself when its time is over
    setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), STAY_MS);
  }
}

// Without this the page would stand as it was, without a word.
document.addEventListener("htmx:error", ({ detail }) => {
  if (!(detail.error instanceof TypeError)) return;
  if (detail.ctx?.values?.send) return; // the form says it itself
  const text = document.body.dataset.lost;
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
  toast.dataset.toast = "";
  one("#toasts").replaceChildren(toast);
  dismissLater();
});

dismissLater();
