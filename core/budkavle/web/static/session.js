// The session's end. It is warned of two minutes before. When it has come, what can be read is taken away at once, and what
// was written is kept sealed for the same person (page/sealed.js). Where it cannot be sealed, the page is only covered.
import { forgetSession, giveBack, isWritten, sealWritten } from "./page/sealed.js";

const box = document.getElementById("session");
const copied = box?.querySelector("[data-copied]");
const root = document.documentElement;
const WARN = 120;
let title = document.title;
const here = () => location.pathname + location.search + location.hash;
let ends = Date.now() + Number(box?.dataset.left ?? 0) * 1000;
let asking = false;
// What could be read is gone from the page, and comes back only as a new page.
let taken = false;

const left = () => (ends - Date.now()) / 1000;
const seen = () => document.visibilityState === "visible";
const covered = () => root.classList.contains("covered");

function cover() {
  if (covered()) return;
  title = document.title;
  root.classList.add("covered");
  document.title = box.dataset.title;
}
function uncover() {
  if (taken) return location.reload();
  root.classList.remove("covered");
  document.title = title;
  box.close();
}
function takeAway() {
  taken = true;
  for (const part of [...document.body.children]) if (part !== box) part.remove();
  forgetSession();
}
function show(state) {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  const next = new URLSearchParams({ next: here() });
  for (const link of box.querySelectorAll("a[data-here]")) link.href = `/sign-in?${next}`;
  for (const link of box.querySelectorAll("a[data-unlock]")) link.href = `/unlock?${next}`;
  if (!box.open) box.showModal();
}
// `state`: out (it is over), locked (its person was away), other (somebody else is signed in now), lost (nobody can say).
let written = "gone"; // or sealed, or kept, where the page is only covered
async function end(state) {
  cover();
  const isOver = state !== "lost" || left() <= 0;
  if (!taken && isOver) {
    written = !isWritten() ? "gone" : (await sealWritten(box.dataset.who)) ? "sealed" : "kept";
    if (written !== "kept") takeAway();
  }
  show(state === "lost" ? state : `${state}-${written}`);
  document.dispatchEvent(new Event("session:out"));
}
async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
  if (answer.status === 401) return { over: (await answer.json()).type };
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  return answer.json();
}
// The session goes on, or the same person has a new one: the page belongs to it from now on.
function resume(told) {
  copied.hidden = true;
  ends = Date.now() + told.left * 1000;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = told.csrf;
  if (document.body.dataset.live !== told.live || covered()) {
    document.body.dataset.live = told.live;
    document.dispatchEvent(new Event("session:in"));
  }
}
function settle(told, path) {
  if (told.over) {
    copied.hidden &&= !told.over.endsWith("copied");
    return end(told.over.endsWith("locked") ? "locked" : "out");
  }
  if (told.who !== box.dataset.who) return end("other");
  resume(told);
  if (covered()) uncover();
  if (left() <= WARN) show(path === "/session" ? "soon" : "last");
  else if (box.open) box.close();
}
async function look({ always = false, path = "/session" } = {}) {
  if (asking || !(always || left() <= WARN || box.open || covered())) return;
  asking = true;
  try {
    settle(await ask(path), path);
  } catch {
    if (left() <= 0 || covered()) await end("lost"); // the next look tells
  } finally {
    asking = false;
  }
}
// A session with a lock: a page that is looked at says so, and one that is left is covered at once, also in the phone's list
// of apps. Whether it has locked meanwhile the server says, when the page is looked at again.
const SEEN_MS = 20_000;
function guard() {
  const token = () => new URLSearchParams({ csrf: document.querySelector('input[name="csrf"]')?.value ?? "" });
  const tell = () => seen() && fetch("/session/present", { method: "POST", body: token() }).catch(() => {});
  setInterval(tell, SEEN_MS);
  document.addEventListener("visibilitychange", () => seen() || cover());
}
if (box) {
  giveBack(box.dataset.who);
  document.addEventListener("submit", (event) => {
    if (event.target.matches('[action="/sign-out"]')) forgetSession(box.dataset.who);
  });
  setInterval(look, 10_000);
  setInterval(() => look({ always: seen() }), 60_000);
  setInterval(() => {
    if (left() > 0 || covered()) return;
    cover();
    look({ always: true });
  }, 1000);
  document.addEventListener("visibilitychange", () => seen() && look({ always: true }));
  document.addEventListener("live:down", () => look({ always: true }));
  if (document.body.dataset.lock) guard();
  // Back shows a page as it was left, from the browser's memory: it is covered there until the server has said yes.
  addEventListener("pagehide", (event) => event.persisted && cover());
  addEventListener("pageshow", (event) => event.persisted && look({ always: true }));
  // What is done in place after the end leads to the sign-in, unless something written would be lost by that.
  document.addEventListener("htmx:before:response", (event) => {
    if (event.detail.ctx.response?.status !== 401 || !(covered() || isWritten())) return;
    event.preventDefault();
    look({ always: true });
  });
  box.querySelector("[data-stay]").addEventListener("click", () => look({ always: true, path: "/session/stay" }));
  box.querySelector("[data-look]").addEventListener("click", async () => {
    await look({ always: true });
    box.querySelector("[data-still]").hidden = !box.open;
  });
  box.addEventListener("cancel", (event) => covered() && event.preventDefault());
}
