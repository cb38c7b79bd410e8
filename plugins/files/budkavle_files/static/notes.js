// Keeps a note while somebody writes: saves a moment after the last key, takes in what others have written, says who
// writes, and draws the text beside. Without it the buttons Spara and Förhandsgranska do. Markup is swapped in by htmx.
const form = document.querySelector("form[data-note]");
const path = form.dataset.note;
const text = form.elements.text;
const status = form.querySelector("[data-status]");
const writers = form.querySelector("[data-writers]");
const AFTER_A_KEY = 1200;
const EVERY = 5000;
const lines = (value) => value.replaceAll("\r\n", "\n");
let base = lines(form.elements.base.value);
let mark = form.dataset.mark;
let stopped = "clash" in form.dataset;
let busy = false;
let waiting;
let drawing;
let leaving = false;

function say(sentence) {
  if (status.textContent !== sentence) status.textContent = sentence;
}
function changed() {
  return lines(text.value) !== base;
}
async function send() {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, mark });
  const sent = lines(text.value);
  if (changed()) {
    body.set("base", base);
    body.set("text", sent);
    say(form.dataset.saving);
  }
  const answer = await fetch(`${path}/sync`, { method: "POST", body }).catch(() => null);
  if (!answer || ![200, 409].includes(answer.status)) {
    if (changed()) say(form.dataset.failed);
    return;
  }
  take(await answer.json(), sent, body.has("text"), answer.status === 409);
}
// What the server has becomes what the next change is compared with; what was typed meanwhile stays in the field.
function take(told, sent, saved, clashes) {
  writers.textContent = told.writers;
  if (clashes) {
    stopped = true;
    say(told.sentence);
    return;
  }
  if (lines(text.value) === sent) {
    if (told.text !== null && told.text !== sent) put(told.text);
    base = told.text ?? base;
    mark = told.mark;
  } else if (saved) {
    base = sent;
  }
  form.elements.base.value = base;
  say(told.sentence || (changed() ? form.dataset.unsaved : form.dataset.saved));
}
// Others' lines come in while the caret stays at the words where it stood.
function put(fresh) {
  const old = text.value;
  const at = text.selectionStart;
  let same = 0;
  while (same < at && old[same] === fresh[same]) same++;
  const moved = same === at ? at : Math.max(0, fresh.length - (old.length - at));
  text.value = fresh;
  if (document.activeElement === text) text.setSelectionRange(moved, moved);
  draw();
}
async function keep() {
  if (busy || stopped || !form.isConnected) return; // the page has been closed
  busy = true;
  await send();
  busy = false;
}
function draw() {
  const values = { csrf: form.elements.csrf.value, text: text.value };
  htmx.ajax("POST", `${path}/preview`, {
    source: form,
    values,
    target: "#preview",
    select: "#preview",
    swap: "outerMorph",
  });
}
text.addEventListener("input", () => {
  if (!stopped) say(form.dataset.unsaved);
  clearTimeout(waiting);
  clearTimeout(drawing);
  waiting = setTimeout(keep, AFTER_A_KEY);
  drawing = setTimeout(draw, 300);
});
form.addEventListener("submit", () => {
  stopped = true;
  leaving = true;
});
setInterval(() => document.hidden || keep(), EVERY);
addEventListener("beforeunload", (event) => !leaving && changed() && event.preventDefault());
addEventListener("pagehide", () => {
  navigator.sendBeacon(`${path}/leave`, new URLSearchParams({ csrf: form.elements.csrf.value }));
});
document.documentElement.classList.add("js");
// What was typed before this ran, or came back with the browser's button.
if (changed()) draw();
if (!stopped) keep();
