// The waiting page: the countdown by the server's clock, and looking whether the host has let one in. Without it the page
// reloads itself.
const LOOK_MS = 2500;
const page = document.querySelector("[data-waiting]");
const link = page.dataset.waiting;
const began = performance.now();
const left = Number(page.dataset.seconds);

// Reloads once: a form that is being sent, or a page that is left, is not disturbed.
let goes = false;
function renew() {
  if (goes) return;
  goes = true;
  location.reload();
}
for (const form of document.forms) {
  form.addEventListener("submit", () => {
    goes = true;
  });
}

function words(seconds) {
  const [days, hours, minutes] = [seconds / 86_400, seconds / 3600, seconds / 60].map(Math.floor);
  const pattern = days ? page.dataset.days : hours ? page.dataset.hours : page.dataset.minutes;
  const values = { d: days, h: hours % 24, m: minutes % 60, s: seconds % 60 };
  return pattern.replaceAll(/\{(\w)\}/g, (_, name) => values[name]);
}

// Counts elapsed time, so that a wrong clock of the device does no harm.
function count() {
  const seconds = Math.max(0, Math.ceil(left - (performance.now() - began) / 1000));
  document.querySelector("[data-count]").textContent = words(seconds);
  document.querySelector("[data-progress]").value = Math.max(0, 300 - seconds);
  if (seconds === 0) renew();
}

async function look() {
  try {
    const answer = await fetch(`${link}/state`, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const now = await answer.json();
    const phase = page.dataset.phase;
    const opened = phase === "early" && now.open;
    if (opened || now.cancelled || now.over || now.state !== page.dataset.state) renew();
  } catch {
    // no network: the next look may find one
  }
}

if (page.dataset.phase === "early") setInterval(count, 500);
if (page.dataset.phase !== "early" || left < 3600) setInterval(look, LOOK_MS);
