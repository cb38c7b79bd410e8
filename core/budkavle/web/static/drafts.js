// Keeps what is being written, a moment after the last key, and says when; without it the button "Spara utkast" does.
import { ask, post } from "./page/posts.js";
import { forgetMessage, openMessage, sealMessage } from "./page/sealed.js";

const form = document.querySelector("form[data-compose]");
const line = document.querySelector("[data-draft]");
let waiting;
let last = "";
let failed = false;
let sent = false;

function fields() {
  const found = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") found.append(name, value);
  }
  return found;
}
async function keep() {
  const now = fields();
  if (now.toString() === last) return;
  last = now.toString();
  const answer = await fetch("/drafts", { method: "POST", body: now }).catch(() => null);
  if (!form.isConnected) return; // the session has ended meanwhile
  failed = !answer?.ok;
  line.textContent = failed ? line.dataset.failed : await answer.text();
  if (failed) last = "";
  if (failed) sealMessage([...now].filter(([name]) => name !== "csrf"));
  else forgetMessage();
  if (failed) return;
  if (line.textContent) stand(now);
  advise();
}
// The server keeps nothing of a form in which all of these are empty; then there is no draft to come back to.
const isWorthKeeping = (now) =>
  ["subject", "body", "recipients", "q", "attachment"].some((name) => now.getAll(name).some((value) => value.trim()));
// Once it is kept, the page's own address is the draft's: who goes away and comes back finds it as it was.
function stand(now) {
  const path = now.get("draft_url");
  history.replaceState(
    history.state,
    "",
    `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams({ draft: now.get("draft") })}`,
  );
}
// What the adviser says of it so far; nothing is sent anywhere but to our own server.
function advise() {
  ask(form.querySelector("#advice"), { advise: "1" });
}
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 1500);
}
// What could not be kept comes back with its page, from the browser's own sealed store: recipients and files too, which the
// server then draws.
async function comeBack() {
  const pairs = await openMessage();
  if (!pairs) return;
  forgetMessage();
  const kept = Map.groupBy(pairs, ([name]) => name);
  for (const field of form.querySelectorAll("[type=checkbox], [type=radio]"))
    field.checked = (kept.get(field.name) ?? []).some(([, value]) => value === field.value);
  for (const [name, values] of kept) {
    const fields = form.querySelectorAll(`[name="${CSS.escape(name)}"]:not(button)`);
    if (fields[0]?.matches("[type=checkbox], [type=radio]")) continue;
    values.forEach(([, value], at) => {
      const field =
        fields[at] ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
      field.value = value;
    });
  }
  await post(form, { target: form, select: "form[data-compose]", values: { find: "1" } });
  later();
}
if (form && line) {
  comeBack();
  last = fields().toString();
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => clearTimeout(waiting));
  // What was not sent is kept at once: who leaves now and comes back finds it.
  document.addEventListener("compose:unsent", keep);
  addEventListener("online", () => failed && keep());
  document.addEventListener("compose:sent", () => {
    failed = false;
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
  });
  // Who leaves sooner than that has it kept too, and comes back to it. What has just been sent is no draft.
  function leave() {
    const now = fields();
    if (sent || !form.isConnected || now.toString() === last) return;
    // What could not be kept just now is not taken for kept: it is tried again by who stays.
    if (!navigator.sendBeacon("/drafts", now) || failed) return;
    last = now.toString();
    if (isWorthKeeping(now)) stand(now);
  }
  addEventListener("beforeunload", leave);
  addEventListener("pagehide", leave);
  addEventListener("beforeunload", (event) => failed && form.isConnected && event.preventDefault());
}
