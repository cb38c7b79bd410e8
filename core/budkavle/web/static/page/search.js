// Results while typing, below the field that asks for them.
import { all, one, swap } from "./dom.js";

const ASK_AFTER_MS = 250;

for (const field of all("[data-find-url]")) {
  let waiting;
  field.form?.addEventListener("submit", () => clearTimeout(waiting));
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    const query = new URLSearchParams({ [field.name]: field.value });
    const ask = () => swap("GET", `${field.dataset.findUrl}?${query}`, `#${field.id}-results`);
    waiting = setTimeout(ask, ASK_AFTER_MS);
  });
  field.addEventListener("keydown", (event) => {
    const first = event.key === "ArrowDown" && one("li > button", one(`#${field.id}-results`));
    if (!first) return;
    event.preventDefault();
    first.focus();
  });
}

// The arrows go on from hit to hit, and up from the first to the field.
document.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const place = by && event.target.closest(".results[id]");
  if (!place) return;
  event.preventDefault();
  const buttons = all("li > button", place).filter((button) => button.checkVisibility());
  const at = buttons.indexOf(event.target) + by;
  const field = document.getElementById(place.id.replace(/-results$/, ""));
  (at < 0 ? field : buttons[Math.min(at, buttons.length - 1)])?.focus();
});
