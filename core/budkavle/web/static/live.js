// One stream of events for all windows that a session has in this browser (ADR 035): ids only. The window that holds a
// lock reads it and tells the others. The lock and the channel are called by the session, so that windows of other
// sessions hear nothing. Without locks (no https) a window has a stream of its own for as long as it is looked at.
//
// A page begins to listen a little after it was made. Its stream begins with what has changed since then, and a window
// that opens later gets the last changes from the one that reads the stream.
//
// Told to the page, as events of the document: "live:linked", "live:change" (detail: {mailbox, case, kind}), "live:missed"
// (something may have happened that nobody was told of), "live:down" (the stream has broken; the session may be over).
const ANSWER_MS = 3000; // in which a window that reads the stream says so, also one in the background
const ASK_MS = 20_000; // how often a window that is looked at makes sure that somebody reads the stream
const LONGEST_PAUSE_MS = 60_000;

const isSeen = () => document.visibilityState === "visible";

// The last changes that were heard, as the server wrote them, and the time from which a new stream must begin.
const recent = [];
let since = +document.body.dataset.made || 0;
function hear({ kind, data }) {
  const detail = JSON.parse(data ?? null);
  if (kind === "change") {
    if (recent.includes(data)) return;
    if (recent.push(data) > 99) recent.shift();
  }
  // Ten seconds more, since changes may come in another order than they happened.
  if (detail) since = Math.max(since, detail.at - 10_000);
  document.dispatchEvent(new CustomEvent(`live:${kind}`, { detail }));
}

// A stream, and what closes it. One that ends or is refused is tried again, more and more seldom: the server may be
// restarting.
function read(url, tell) {
  let source;
  let again;
  let pause = 3000;
  function begin() {
    source = new EventSource(`${url}&since=${since}`);
    source.addEventListener("open", () => {
      pause = 3000;
      tell({ kind: "linked" });
    });
    for (const kind of ["change", "missed"]) source.addEventListener(kind, ({ data }) => tell({ kind, data }));
    source.addEventListener("error", () => {
      source.close(); // the browser would ask for what happened since long ago
      tell({ kind: "down" });
      again = setTimeout(begin, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    });
  }
  begin();
  return () => {
    clearTimeout(again);
    source.close();
  };
}

// The stream of all windows; returns what leaves it.
function share(url) {
  const name = `budkavle ${url}`;
  const line = new BroadcastChannel(name);
  const waits = new AbortController();
  let close = null; // of the stream, while this window reads it
  let release = null;
  let answered = 0;
  let left = false;
  const tell = (told) => {
    line.postMessage(told);
    hear(told);
  };
  const held = () =>
    new Promise((resolve) => {
      release = resolve;
      close = read(url, tell);
    });
  async function lead(how) {
    try {
      await navigator.locks.request(name, how, held);
    } catch {
      // this window has left, or another one has taken over since it got no answer: that one reads now
      close?.();
      close = null;
      if (!left) lead({ signal: waits.signal });
    }
  }
  // A window that has been frozen, as phones do, holds the lock and hears nothing: it gives no answer.
  function check() {
    if (close || left || !isSeen()) return;
    const asked = Date.now();
    line.postMessage({ kind: "there?" });
    setTimeout(
      () => {
        if (answered < asked && !close && !left && isSeen()) lead({ steal: true });
      },
      ANSWER_MS + Math.random() * 1000,
    );
  }
  line.addEventListener("message", ({ data }) => {
    if (data.kind === "there?") return close && line.postMessage({ kind: "here", recent });
    answered = Date.now();
    if (data.kind !== "here") return hear(data);
    for (const one of data.recent) if (JSON.parse(one).at > since) hear({ kind: "change", data: one });
  });
  lead({ signal: waits.signal });
  check();
  const asking = setInterval(check, ASK_MS);
  document.addEventListener("visibilitychange", check);
  return ({ over = false } = {}) => {
    if (over) line.postMessage({ kind: "down" });
    left = true;
    clearInterval(asking);
    document.removeEventListener("visibilitychange", check);
    waits.abort();
    close?.();
    close = null;
    release?.();
    line.close();
  };
}

// A stream of this window's own, while it is looked at.
function own(url) {
  let close = null;
  function look() {
    if (isSeen()) close ??= read(url, hear);
    else {
      close?.();
      close = null;
    }
  }
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close?.();
  };
}

// Where the browser keeps storage from us, as a strict one does in another site's frame, asking for a lock fails.
async function canShare() {
  try {
    await navigator.locks.request("budkavle", { mode: "shared" }, () => null);
    return typeof BroadcastChannel === "function";
  } catch {
    return false;
  }
}
let leave = null;
let turn = 0;
async function join() {
  const mine = ++turn;
  const url = document.body.dataset.live;
  if (!url) return;
  const way = (await canShare()) ? share : own;
  if (mine === turn) leave = way(url);
}
function part(how) {
  turn += 1;
  leave?.(how);
  leave = null;
}
// Who signs out here signs out in all windows; when this page goes, the server has done it.
let over = false;
document.addEventListener("submit", (event) => {
  over ||= event.target.matches('[action="/sign-out"]');
});
addEventListener("pagehide", () => part({ over }));
addEventListener("pageshow", (event) => event.persisted && join());
document.addEventListener("session:out", () => part());
document.addEventListener("session:in", () => {
  part();
  join();
});
join();
