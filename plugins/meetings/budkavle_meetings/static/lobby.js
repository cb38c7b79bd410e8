// The lobby on the page of a meeting: a word from the stream of events (ids only), and the page fetches who waits. Where
// the meeting has no case nothing is told, so it looks by itself now and then.
const LOOK_MS = 10_000;
const lobby = document.querySelector("[data-lobby]");

let looking = false;
async function renew() {
  if (looking || document.hidden || lobby.contains(document.activeElement)) return;
  looking = true;
  try {
    const answer = await fetch(lobby.dataset.url, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = document.createElement("template");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh.content.append(...page.querySelector("[data-lobby]").childNodes);
    if (fresh.innerHTML.trim() !== lobby.innerHTML.trim()) lobby.replaceChildren(fresh.content);
  } finally {
    looking = false;
  }
}

document.addEventListener("live:change", ({ detail }) => {
  if (detail.mailbox === lobby.dataset.mailbox && detail.kind?.startsWith("meetings.")) renew();
});
document.addEventListener("live:missed", renew);
document.addEventListener("visibilitychange", renew);
setInterval(renew, LOOK_MS);
