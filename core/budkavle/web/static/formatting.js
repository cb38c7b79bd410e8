// The buttons that format a message: they write the signs of the Markdown that messages have around what is chosen, and below stands how
// the text becomes, drawn by the server as its readers will see it. Without this the text is formatted by its signs alone.
import { all, one } from "./page/dom.js";

const DRAW_AFTER_MS = 400;
const LONGEST = 20_000; // the server draws no more
const AROUND = { bold: "**", italic: "*" };
const BEFORE = { heading: () => "# ", bullets: () => "- ", numbers: (at) => `${at + 1}. ` };
const OLD = /^(?:#{1,6} |- |\d+\. )/;
const KEYS = { b: "bold", i: "italic" };

const field = () => one("form[data-compose] #body");
const bar = () => one("[data-formats]");

// As if it were typed, so that the browser's own undo takes it back.
function write(start, end, text) {
  const area = field();
  area.focus();
  area.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
function surround(sign) {
  const { selectionStart: start, selectionEnd: end, value } = field();
  const size = sign.length;
  const chosen = value.slice(start, end);
  const isAround = value.slice(start - size, start) === sign && value.slice(end, end + size) === sign;
  const isBold = sign === "*" && value.slice(start - 2, start) === "**" && value.slice(start - 3, start) !== "***";
  if (isAround && !isBold) {
    write(start - size, end + size, chosen);
    field().setSelectionRange(start - size, end - size);
    return;
  }
  // The signs stand close to the words, or they mean nothing.
  const [, left, words, right] = chosen.match(/^(\s*)([\s\S]*?)(\s*)$/);
  write(start, end, `${left}${sign}${words}${sign}${right}`);
  const from = start + left.length + size;
  field().setSelectionRange(from, from + words.length);
}
function begin(sign) {
  const { selectionStart: start, selectionEnd: end, value } = field();
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const to = value.indexOf("\n", end) < 0 ? value.length : value.indexOf("\n", end);
  const lines = value.slice(from, to).split("\n");
  const isOn = lines.every((line, at) => line.startsWith(sign(at)));
  const changed = lines.map((line, at) => (isOn ? "" : sign(at)) + line.replace(OLD, "")).join("\n");
  write(from, to, changed);
  const last = from + changed.length;
  field().setSelectionRange(lines.length > 1 ? from : last, last);
}
function format(name) {
  if (name in AROUND) surround(AROUND[name]);
  else begin(BEFORE[name]);
  one("#drawn-box").open = true;
}

// How the text becomes, while it stands open; one question at a time, and none for what has not changed.
let drawn = null;
let waiting;
let asking = false;
async function draw() {
  const body = field()?.value.slice(0, LONGEST);
  if (!one("#drawn-box")?.open || asking || body === drawn) return;
  asking = true;
  drawn = body;
  const csrf = one("form[data-compose] [name=csrf]").value;
  const values = { csrf, body };
  await htmx.ajax("POST", "/compose/drawn", { source: document.body, target: "#drawn", swap: "innerHTML", values });
  asking = false;
  if (field()?.value.slice(0, LONGEST) !== drawn) drawLater();
}
function drawLater() {
  clearTimeout(waiting);
  waiting = setTimeout(draw, DRAW_AFTER_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-format]");
  if (!button) return;
  for (const other of all("[data-format]")) other.tabIndex = other === button ? 0 : -1;
  format(button.dataset.format);
});
document.addEventListener("input", (event) => event.target === field() && drawLater());
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "drawn-box") return;
    drawn = null;
    draw();
  },
  true,
);
// One stop for Tab, and arrows inside; with Ctrl from the field itself.
document.addEventListener("keydown", (event) => {
  if (event.target === field() && bar() && (event.ctrlKey || event.metaKey) && KEYS[event.key]) {
    event.preventDefault();
    format(KEYS[event.key]);
    return;
  }
  const buttons = all("[data-format]");
  const at = buttons.indexOf(event.target);
  if (at < 0) return;
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const next = buttons.at(steps[event.key] % buttons.length);
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
