// Keys, one letter each; never in fields, and off for those who switch them off (WCAG 2.1.4). Arrows walk the list, and
// Ctrl with Enter sends what is written, also for those.
import { all, one } from "./dom.js";
import { tick, ticked } from "./ticks.js";

const BUTTON_KEYS = "tarengv"; // the letters that press a button marked data-key
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const isOn = () => localStorage.getItem("keys") !== "off";

const keySwitch = one("[data-keys-switch]");
if (keySwitch) {
  keySwitch.checked = isOn();
  keySwitch.addEventListener("change", () => localStorage.setItem("keys", keySwitch.checked ? "on" : "off"));
}

// Folded messages hide their own; what is behind a menu is pressed all the same.
const inSight = (buttons) => buttons.find((button) => button.checkVisibility()) ?? buttons[0];

const rowInFocus = () => document.activeElement.closest(".row");

function step(by) {
  const inRail = document.activeElement.closest("#rail");
  const links = all(inRail ? "#rail a" : "[data-rows] .subject");
  const row = rowInFocus() ?? one(".row[aria-current]");
  const at = links.findIndex((link) => (inRail ? link === document.activeElement : link.closest(".row") === row));
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

function toggle() {
  const box = one(".row-tick", rowInFocus() ?? one(".row[aria-current]") ?? document.createElement("p"));
  if (box) tick(box, !box.checked);
}

// The mailboxes stand beside the list, or behind a button on a small screen.
function goToMailboxes() {
  const rail = one("#rail");
  if (rail && !rail.checkVisibility()) rail.showPopover();
  (one("#rail [aria-current]") ?? one("#rail li a"))?.focus();
}

// What is ticked comes first, then the row that has the focus, then the case that is open.
function press(key) {
  const selector = `[data-key="${key}"]`;
  const row = rowInFocus();
  const inBar = one(`#bulk ${selector}`);
  const inRow = row && one(selector, row);
  const isOpen = !row || row.matches("[aria-current]");
  const inView = isOpen ? inSight(all(`main ${selector}:not(.row *, #bulk *)`)) : null;
  const box = row && !isOpen && !inRow && inBar ? one(".row-tick", row) : null;
  if (box) tick(box, true);
  const target = (ticked().length ? inBar : null) ?? inRow ?? inView ?? one(`.rail ${selector}`);
  target?.click();
  return Boolean(target);
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  x: toggle,
  b: goToMailboxes,
  "/": () => one("[data-search]")?.focus(),
  "?": () => one("#keys")?.togglePopover(),
};

const arrows = { ArrowDown: 1, ArrowUp: -1 };

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const button = event.target.form?.querySelector('button[name="send"]');
    button?.click();
    if (button) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
  if (arrows[event.key] && document.activeElement.closest(".row, #rail")) step(arrows[event.key]);
  else if (!isOn()) return;
  else if (actions[event.key]) actions[event.key]();
  else if (!BUTTON_KEYS.includes(event.key) || !press(event.key)) return;
  event.preventDefault();
});

// Who has the keys on is told of them where the buttons are.
if (isOn()) for (const button of all("[data-key]")) button.setAttribute("aria-keyshortcuts", button.dataset.key);
