// Keys, one letter each; never in fields, and off for those who switch them off (WCAG 2.1.4).
import { all, one } from "./dom.js";

const BUTTON_KEYS = "tren"; // the letters that press a button marked data-key

const isOn = () => localStorage.getItem("keys") !== "off";

const toggle = one("[data-keys-switch]");
if (toggle) {
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem("keys", toggle.checked ? "on" : "off"));
}

function step(by) {
  const links = all("[data-rows] .subject");
  const row = document.activeElement.closest(".row") ?? one(".row[aria-current]");
  const at = links.findIndex((link) => link.closest(".row") === row);
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

function press(key) {
  const selector = `[data-key="${key}"]`;
  const row = document.activeElement.closest(".row");
  const inRow = row && one(selector, row);
  const inView = !row || row.matches("[aria-current]") ? one(`main ${selector}:not(.row *)`) : null;
  const target = inRow ?? inView ?? one(`.rail ${selector}`);
  target?.click();
  return Boolean(target);
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => one("[data-search]")?.focus(),
  "?": () => document.getElementById("keys")?.togglePopover(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !isOn()) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (actions[event.key]) actions[event.key]();
  else if (!BUTTON_KEYS.includes(event.key) || !press(event.key)) return;
  event.preventDefault();
});
