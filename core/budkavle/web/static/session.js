// The session's end: warned of two minutes before, and mended in place, so that nothing written is lost.
const box = document.getElementById("session");
const WARN = 120;
let ends = Date.now() + Number(box?.dataset.left ?? 0) * 1000;
let asking = false;

const left = () => (ends - Date.now()) / 1000;

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  const told = await answer.json();
  ends = Date.now() + told.left * 1000;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = told.csrf;
  return told;
}
function show(state) {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  if (!box.open) box.showModal();
}
async function look(path = "/session") {
  if (asking || (left() > WARN && !box.open)) return;
  asking = true;
  try {
    const told = await ask(path);
    if (!told) show("out");
    else if (left() > WARN) box.close();
    else show(path === "/session" ? "soon" : "last");
  } catch {
    // no network now: the next look tells
  } finally {
    asking = false;
  }
}
if (box) {
  setInterval(look, 10_000);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  box.querySelector("[data-stay]").addEventListener("click", () => look("/session/stay"));
  box.querySelector("[data-look]").addEventListener("click", async () => {
    await look();
    box.querySelector("[data-still]").hidden = !box.open;
  });
  box.addEventListener("cancel", (event) => left() <= 0 && event.preventDefault());
}
