// Keeps what is being written, a moment after the last key, and says when; without it the button "Spara utkast" does.
const form = document.querySelector("form[data-compose]");
const line = document.querySelector("[data-draft]");
let waiting;
let last = "";
let failed = false;

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
  else if (line.textContent) stand(now);
  advise();
}
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
  document.addEventListener("compose:sent", () => {
    failed = false;
  });
  addEventListener("beforeunload", (event) => failed && form.isConnected && event.preventDefault());
}
