// The list keeps its place from page to page: where it was scrolled to, what is ticked, and the row that had the focus. It runs as soon as
// the list has been read, so that nobody sees it jump. Without it, rows are anchors (#row-ID) that the browser goes to.
(() => {
  const list = document.querySelector(".list[data-place]");
  const key = `place ${list.dataset.place}`;
  const isShown = () => list.offsetParent !== null; // on small screens either the list or the message is
  const beside = () => getComputedStyle(list).overflowY === "auto"; // the list scrolls by itself
  const wanted = location.hash.startsWith("#row-") ? location.hash.slice(1) : "";
  const comes = performance.getEntriesByType("navigation")[0]?.type ?? "navigate";
  let forgets = false;
  let isOver = false;

  // Storage may be kept from us, as in some frames: then only the open row is looked for.
  function kept(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  }
  function keep(name, value) {
    try {
      if (value) sessionStorage.setItem(name, JSON.stringify(value));
      else sessionStorage.removeItem(name);
    } catch {
      // as above
    }
  }
  function show(row) {
    const [box, inside] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inside.top < box.top || inside.bottom > box.bottom)
      list.scrollTop += inside.top - box.top - (box.height - inside.height) / 3;
  }
  function restore() {
    // What needs a script has its place before anything is scrolled.
    for (const part of list.querySelectorAll("[data-needs-js]")) part.hidden = false;
    const place = kept(key);
    const opened = list.querySelector(".row[aria-current]");
    const returns = Boolean(opened ?? list.dataset.open) || wanted || comes !== "navigate";
    if (wanted) history.replaceState(history.state, "", location.pathname + location.search);
    for (const box of list.querySelectorAll(".row-tick"))
      box.checked = returns && Boolean(place?.ticked?.includes(box.value));
    if (place && returns && beside()) list.scrollTop = place.top;
    else if (place && wanted && isShown()) scrollTo(0, place.page);
    if (opened && beside()) show(opened);
    const focus = kept("place focus") ?? {};
    const row = document.getElementById(focus.row ?? wanted);
    // An answer is written at once: its text has the focus, and no letter of it is a shortcut of the row's.
    if (returns && isShown() && !list.dataset.answers)
      row?.querySelector(".subject")?.focus({ preventScroll: true, focusVisible: focus.seen });
  }
  document.addEventListener("submit", (event) => {
    isOver ||= event.target.matches('[action="/sign-out"]');
  });
  addEventListener("pagehide", () => {
    if (isOver || !list.isConnected) return; // of a session that is over nothing is kept
    const active = document.activeElement;
    const seen = Boolean(active?.matches(":focus-visible"));
    keep("place focus", active && { seen, row: active.closest(".row")?.id });
    if (forgets) keep(key, null);
    else {
      const ticked = [...list.querySelectorAll(".row-tick:checked")].map((box) => box.value);
      const at = isShown() ? { top: list.scrollTop, page: scrollY } : (kept(key) ?? {});
      keep(key, { ...at, ticked });
    }
  });
  // What is new stands first.
  document.addEventListener("click", (event) => {
    forgets ||= Boolean(event.target.closest("[data-news] a"));
  });
  restore();
})();
