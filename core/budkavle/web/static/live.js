// One stream of events for all windows that a session has in this browser: a browser opens six connections to a server
// over HTTP/1.1, and a stream in each window would leave none for the seventh. The window that holds a lock reads the
// stream and tells the others what it says: ids only. The lock and the channel are called by the session, so that
// windows of other sessions, accounts and organisations hear nothing. Without locks (no https) a window has a stream of
// its own for as long as it is looked at.
//
// Told to the page, as events of the document: "live:linked", "live:change" (detail: {mailbox, case, kind}), "live:missed"
// (something may have happened that nobody was told of), "live:down" (the stream has broken; the session may be over).
const ANSWER_MS = 3000; // in which a window that reads the stream says so, also one in the background
const ASK_MS = 20_000; // how often a window that is looked at makes sure that somebody reads the stream
const LONGEST_PAUSE_MS = 60_000;

const say = (kind, detail) => document.dispatchEvent(new CustomEvent(`live:${kind}`, { detail }));
const isSeen = () => document.visibilityState === "visible";

// Until this window is linked to a stream it has missed nothing: the page is as new as that.
let linked = false;
function opened() {
  say(linked ? "missed" : "linked");
  linked = true;
}
const hear = {
  open: opened,
  change: (detail) => say("change", detail),
  missed: () => say("missed"),
  down: () => say("down"),
};

// A stream, and what closes it. One that the server refuses is tried again, more and more seldom: it may be restarting.
function read(url, tell) {
  let source;
  let again;
  let pause = 5000;
  function begin() {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      pause = 5000;
      tell("open");
    });
    source.addEventListener("change", (event) => tell("change", JSON.parse(event.data)));
    source.addEventListener("missed", () => tell("missed"));
    source.addEventListener("error", () => {
      tell("down");
      if (source.readyState !== EventSource.CLOSED) return; // the browser itself tries again
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
  const tell = (kind, detail) => {
    line.postMessage({ kind, detail });
    hear[kind](detail);
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
    if (data.kind === "there?") return close && line.postMessage({ kind: "here" });
    answered = Date.now();
    if (data.kind === "here") linked || opened();
    else hear[data.kind](data.detail);
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
    if (isSeen()) close ??= read(url, (kind, detail) => hear[kind](detail));
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
