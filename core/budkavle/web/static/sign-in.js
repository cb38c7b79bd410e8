// A flow of identification: a step that waits asks again in place; a form that only leads on is sent at once.
const once = document.querySelector("form[data-go]");
once?.requestSubmit();

let failures = 0;
let next;
function wait() {
  clearTimeout(next);
  const seconds = Number(document.getElementById("step")?.dataset.seconds);
  if (!seconds) return;
  next = setTimeout(ask, seconds * 1000 * Math.min(2 ** failures, 8));
}
async function ask() {
  const step = document.getElementById("step");
  if (!step?.dataset.seconds) return;
  try {
    await htmx.ajax("POST", "/sign-in", { source: step, target: "#step", swap: "outerMorph", values: { tick: "1" } });
    failures = 0;
  } catch {
    failures += 1;
  }
  if (document.getElementById("step")?.dataset.seconds) wait();
  else document.querySelector("#step [role=alert]")?.scrollIntoView();
}
// A phone that comes back from its app asks at once.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
addEventListener("load", wait);
