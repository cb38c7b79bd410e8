// Keeps what is being written, a moment after the last key, and says when; without it the button "Spara utkast" does.
const form = document.querySelector("form[data-compose]");
const line = document.querySelector("[data-draft]");
let waiting;
let last = "";

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
  line.textContent = answer?.ok ? await answer.text() : line.dataset.failed;
  if (!answer?.ok) last = "";
  advise();
}
// What the adviser says of it so far; nothing is sent anywhere but to our own server.
function advise() {
  const values = { ...Object.fromEntries(fields()), advise: "1" };
  htmx.ajax("POST", form.action, { source: form, values, target: "#advice", select: "#advice", swap: "outerMorph" });
}
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 1500);
}
if (form && line) {
  last = fields().toString();
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => clearTimeout(waiting));
}
