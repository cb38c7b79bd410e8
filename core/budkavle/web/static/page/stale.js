// A page that no longer renews itself says so, and offers to be loaded again: the stream of events has been broken for a
// while, or what had changed could not be fetched. What stands there is left as it is.
import { all } from "./dom.js";

const GRACE_MS = 10_000; // a stream that breaks is usually there again within seconds
const RENEWED = "[data-rows], .row, #rail, [data-now-url], #search-news";

let waiting = null;

function tell(template) {
  const line = document.getElementById(template)?.content.firstElementChild;
  if (!line) return;
  for (const place of all("[data-stale]")) {
    const link = line.cloneNode(true);
    link.href = location.pathname + location.search;
    place.replaceChildren(link);
  }
}

function renewsItself() {
  clearTimeout(waiting);
  waiting = null;
  for (const link of all("[data-stale] .stale")) link.remove();
}

document.addEventListener("live:down", () => {
  waiting ??= setTimeout(tell, GRACE_MS, "halted");
});
document.addEventListener("live:linked", renewsItself);

// The answer of a server that is down, or of what stands before it, is not put where a row was.
const renews = ({ request, sourceElement }) => request?.method === "GET" && sourceElement?.matches?.(RENEWED);
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 500 || !renews(ctx)) return;
  event.preventDefault();
  tell("unfetched");
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx && renews(detail.ctx)) tell("unfetched");
});
