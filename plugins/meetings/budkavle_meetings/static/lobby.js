// The lobby on the page of a meeting: a word from the stream of events (ids only), and the page fetches who waits. Where
// the meeting has no case nothing is told, so it looks by itself now and then. Markup is swapped in by htmx.
const LOOK_MS = 10_000;
const lobby = () => document.getElementById("lobby");

let looking = false;
async function renew() {
  const region = lobby();
  if (looking || document.hidden || region.contains(document.activeElement)) return;
  looking = true;
  try {
    const parts = { source: region, target: "#lobby", select: "#lobby", swap: "outerMorph" };
    await htmx.ajax("GET", region.dataset.url, parts);
  } finally {
    looking = false;
  }
}

document.addEventListener("live:change", ({ detail }) => {
  if (detail.mailbox === lobby().dataset.mailbox && detail.kind?.startsWith("meetings.")) renew();
});
document.addEventListener("live:missed", renew);
document.addEventListener("visibilitychange", renew);
setInterval(renew, LOOK_MS);
