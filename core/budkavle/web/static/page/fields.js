// Fields: characters left, the focus on the first fault, the chosen chip in view, what needs JavaScript.
import { all, one } from "./dom.js";

for (const counter of all("[data-count-for]")) {
  const field = document.getElementById(counter.dataset.countFor);
  const count = () => {
    const left = Number(field.dataset.limit) - field.value.length;
    counter.textContent = `${Math.abs(left).toLocaleString(document.documentElement.lang)} ${left < 0 ? counter.dataset.over : counter.dataset.left}`;
    counter.classList.toggle("over", left < 0);
  };
  field.addEventListener("input", count);
  count();
}

(one("[data-focus]") ?? one('[aria-invalid="true"]:not([autofocus])'))?.focus();

const chip = one(".chips [aria-current]");
if (chip) {
  const chips = chip.parentElement; // scrolled sideways alone: the page stays where it is
  chips.scrollLeft = chip.offsetLeft - chips.offsetLeft - (chips.clientWidth - chip.offsetWidth) / 2;
}

for (const element of all("[data-needs-js]")) element.hidden = false;
