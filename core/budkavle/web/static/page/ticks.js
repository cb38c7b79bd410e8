// Rows that are ticked: with Shift a whole stretch, with the box above all of them. The bar with what can be done then is
// the style sheet's (it works without a script); here is its count, and what the whole list means.
import { all, one } from "./dom.js";

// The row that was ticked last, where a stretch begins.
let last = null;

export const ticks = () => all(".row-tick");
export const ticked = () => ticks().filter((tick) => tick.checked);

export function tick(box, checked) {
  box.checked = checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

export function untickAll() {
  for (const box of [...ticks(), ...all("#bulk [name=all]")]) box.checked = false;
  show();
}

export function show() {
  const words = one("[data-ticked]");
  if (!words) return;
  const [boxes, chosen] = [ticks(), ticked()];
  const box = one("[data-tick-all]");
  const { none, one: single, many } = words.dataset;
  const whole = one("#bulk [name=all]")?.checked;
  words.textContent = !chosen.length || whole ? none : chosen.length === 1 ? single : `${chosen.length} ${many}`;
  box.checked = boxes.length > 0 && chosen.length === boxes.length;
  box.indeterminate = chosen.length > 0 && !box.checked;
  one("[data-ticked-status]").textContent = chosen.length && !whole ? words.textContent : "";
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".row-tick");
  if (!box) return;
  const boxes = ticks();
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
  last = box;
});
document.addEventListener("change", (event) => {
  const whole = one("#bulk [name=all]");
  if (event.target.matches("[data-tick-all]")) {
    for (const box of ticks()) box.checked = event.target.checked;
    if (!event.target.checked && whole) whole.checked = false;
  } else if (event.target === whole) {
    for (const box of ticks()) box.checked = whole.checked;
  } else if (!event.target.matches(".row-tick")) return;
  else if (!event.target.checked && whole) whole.checked = false;
  show();
});
// A row that is pressed with Shift marks no text.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.(".row-tick")) event.preventDefault();
});
document.addEventListener("reset", () => setTimeout(show));
show();
