// Results while typing, below the field that asks for them.
import { all, swap } from "./dom.js";

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
}
