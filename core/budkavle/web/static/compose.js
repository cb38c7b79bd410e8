// Writing a message, in place: the buttons that change a part of the page fetch only that part, so that the focus, the
// text and files on their way stay. Without this the whole page comes anew. Markup is only swapped in by htmx.
import { all, one as find } from "./page/dom.js";
import { giveUp, post } from "./page/posts.js";

const form = find("form[data-compose]");
const one = (selector, root = form) => find(selector, root);
const parts = {
  find: "#to",
  add: "#to",
  remove: "#to",
  star: "#to",
  ask_unstar: "#to",
  unstar: "#to",
  browse: "#to",
  find_text: "#texts",
  insert: "#texts",
  more: "#extra",
  less: "#extra",
  preview: "#preview",
};
document.documentElement.classList.add("js");

// Where the focus goes when the button that had it may be gone.
const next = {
  find: () => clear(one("#recipients").getAttribute("value") ?? ""),
  add: () => clear(),
  remove: () => one("#recipients"),
  ask_unstar: () => one('[name="unstar"]'),
  more: (button) => all(`#${button.value} .more-row`, form).at(-1)?.querySelector("select, input"),
  less: (button) => one(`[name="more"][value="${button.value.split("-")[0]}"]`),
  browse: () => one("#book-title") ?? one('[name="browse"]'),
  preview: () => one("#preview-title"),
  find_text: () => one("#text-words"),
  insert: () => one("#body"),
};
function clear(rest = "") {
  const field = one("#recipients");
  field.value = rest;
  return field;
}
// The list of what is wrong comes anew with each part; a field that it does not name any longer is marked no longer.
function settle() {
  const wrong = all("#faults a", form).map((link) => link.getAttribute("href"));
  for (const mark of all('.error[id$="-error"]', form)) {
    const name = mark.id.replace(/-error$/, "");
    if (wrong.includes(`#${name}`)) continue;
    mark.remove();
    document.getElementById(name)?.removeAttribute("aria-invalid");
  }
}
async function change(button) {
  const part = parts[button.name];
  const from = document.activeElement;
  button.setAttribute("aria-busy", "true");
  const beside = ["#faults:outerMorph"];
  if (part === "#to" && one("#to-names")) beside.push("#to-names:outerMorph");
  if (button.name === "insert") beside.push("#subject:outerHTML", "#body:outerHTML");
  if (part === "#to" && one("#safety")) beside.push("#safety:outerMorph"); // who is without account is asked about there
  const pressed = { [button.name]: button.value };
  await post(form, { target: part, select: part, selectOOB: beside.join(","), values: pressed });
  button.removeAttribute("aria-busy");
  settle();
  if (button.name === "more") one("#extra").open = true;
  if (button.name === "insert") inserted();
  const first = next[button.name]?.(button);
  if ([from, document.body].includes(document.activeElement)) first?.focus(); // whoever has gone on is not called back
}

// A file that was attached already: taken away at once, without a new page.
function drop(button) {
  const line = button.closest("li");
  const box = button.closest("[data-files]");
  fetch(`/attachments/${button.value}`, { method: "DELETE", headers: { "x-csrf": one('[name="csrf"]').value } });
  box.dataset.used = Number(box.dataset.used) - Number(line.dataset.size);
  line.remove();
  one('input[type="file"]', box).focus();
}

// Sending waits for files on their way, and happens once however often the button is pressed. The page is left only when the
// server has said that the message is sent: where no answer comes, all that was written stays.
let sending = false;
let lost = false;
let sent = false;
const title = document.title;
document.addEventListener("htmx:error", (event) => {
  lost ||= Boolean(event.detail.ctx?.values?.send);
});
document.addEventListener("htmx:before:response", (event) => {
  if (!event.detail.ctx.response.headers.get("hx-redirect")) return;
  sent = true;
  history.replaceState(history.state, "", one('[name="draft_url"]').value); // the draft is no more
  document.dispatchEvent(new Event("compose:sent"));
});
async function deliver(event, button) {
  event.preventDefault();
  const line = one("[data-waiting]");
  line.textContent = one("[data-uploads] progress") ? line.dataset.text : "";
  if (line.textContent || sending) return;
  sending = true;
  lost = false;
  sent = false;
  button.setAttribute("aria-busy", "true");
  giveUp(one("#advice"));
  const pressed = { send: button.value };
  await post(form, { target: form, select: "form[data-compose]", selectOOB: "#notice:outerMorph", values: pressed });
  sending = false;
  button.removeAttribute("aria-busy");
  if (lost) one("[data-waiting]").textContent = line.dataset.lost;
  if (!sent) document.dispatchEvent(new Event("compose:unsent"));
  const isRefused = Boolean(one("#faults a"));
  document.title = isRefused ? `${form.dataset.faulty} ${title}` : title;
  const first = document.querySelector("main [data-focus]") ?? one('[aria-invalid="true"]');
  if (!lost) first?.focus();
}
addEventListener("pageshow", () => {
  sending = false;
});

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.name === "send") return deliver(event, button);
  if (button?.name !== "drop" && !parts[button?.name]) return;
  event.preventDefault();
  if (button.name === "drop") drop(button);
  else change(button);
});

// In the field of the open address book, and in that of the ready texts, Enter looks there.
const FINDS = { "book-words": ".book .find button", "text-words": '[name="find_text"]' };
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !FINDS[event.target.id]) return;
  event.preventDefault();
  one(FINDS[event.target.id]).click();
});

// A ready text comes where the writer last was; the server counts characters, and has no line breaks before the first.
form.addEventListener("focusout", (event) => {
  if (event.target.id !== "body") return;
  const before = event.target.value.slice(0, event.target.selectionStart).replace(/^\n+/, "");
  one('[name="caret"]').value = [...before].length;
});
function inserted() {
  one('[name="caret"]').value = "";
  one("#body").dispatchEvent(new Event("input", { bubbles: true }));
}

// Another mailbox or kind of message has other recipients and asks for other things.
form.addEventListener("change", (event) => {
  if (!event.target.matches("[data-renews]")) return;
  post(form, { target: form, select: "form[data-compose]", values: { find: "1" } });
});

// Who writes for a long time without sending is still there.
const PRESENT_MS = 5 * 60 * 1000;
let told = Date.now();
form.addEventListener("input", () => {
  if (Date.now() - told < PRESENT_MS) return;
  told = Date.now();
  fetch("/present", { method: "HEAD" });
});

// Escape leads back to the case that is answered, as "Avbryt" does; what has been written is a draft by then.
const isAnswer = Boolean(form.closest(".answer"));
form.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isAnswer || event.defaultPrevented) return;
  if (event.target.matches("[type=search]") && event.target.value) return; // the browser empties the field
  one("[data-leave]").click();
});
