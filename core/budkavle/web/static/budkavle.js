// What JavaScript adds to pages that work without it: changes in place, live rows, keys. Files are in uploads.js.
// Markup from the server is only ever swapped in by htmx (its Trusted Types policy); this file writes text.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);
const swap = (verb, url, target, more = {}) => htmx.ajax(verb, url, { target, swap: "outerMorph", ...more });

// Forms with data-swap answer with the element that they change; without JavaScript they lead to a page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const target = form.dataset.swap && one(form.dataset.swap);
  if (!target || event.defaultPrevented) return;
  event.preventDefault();
  const values = new FormData(form, event.submitter);
  event.submitter?.setAttribute("aria-busy", "true");
  const focused = target.contains(document.activeElement);
  values.set("swap", form.dataset.swap);
  swap(form.method, form.action, target, { source: form, values: Object.fromEntries(values) }).finally(() => {
    const fresh = one(form.dataset.swap);
    event.submitter?.removeAttribute("aria-busy");
    tidy();
    mark();
    follow(fresh?.closest("[data-now-url]"));
    if (focused && fresh && !fresh.contains(document.activeElement)) one("button, a", fresh)?.focus();
  });
});
// Why it could not be done comes as a toast; what the form stands in is shown as it has become.
document.addEventListener("htmx:response:error", (event) => {
  const form = event.detail.ctx.sourceElement;
  const row = form.closest?.("[data-row]");
  if (!form.dataset.swap) return;
  if (row) renew(row.dataset.row);
  else follow(form.closest("[data-now-url]"));
});

// A server that cannot be reached is told of: the page would stand as it was, without a word.
document.addEventListener("htmx:error", ({ detail }) => {
  if (!(detail.error instanceof TypeError) || detail.ctx?.sourceElement?.name === "send") return; // the form says it itself
  const line = Object.assign(document.createElement("div"), { className: "toast", textContent: document.body.dataset.lost });
  line.dataset.toast = "";
  one("#toasts").replaceChildren(line);
  tidy();
});

// The row of the case that is open stays marked when it comes anew.
const mark = () => document.getElementById(`row-${location.pathname.split("/")[2]}`)?.setAttribute("aria-current", "true");

// Live: an event says {"mailbox", "case", "kind"}, ids only. A case in the list is renewed where its row stands; one that is
// not there is counted in "3 nya – visa", so that no row moves under the focus or the pointer.
const list = one("[data-rows]");
const unseen = new Set();
const offer = (words) =>
  one("[data-news]")?.replaceChildren(Object.assign(document.createElement("a"), { href: location.pathname + location.search, textContent: words }));
function announce(id) {
  unseen.add(id);
  const line = one("[data-news]").dataset;
  offer(unseen.size === 1 ? line.one : `${unseen.size} ${line.many}`);
}
function renew(id) {
  const url = list.dataset.rowUrl.replace("{id}", encodeURIComponent(id));
  const row = `#row-${CSS.escape(id)}`;
  swap("GET", url, row, { source: row }).then(() => {
    document.getElementById(`row-${id}`)?.classList.add("changed");
    mark();
  });
}
// The counts come once for what happens at about the same time.
let counting;
function recount() {
  clearTimeout(counting);
  counting = setTimeout(() => swap("GET", list.dataset.countsUrl, "#rail", { source: "#rail" }), 400);
}
// What shows how something goes says where it is found anew (data-now-url); a case's page piece by piece (data-now), a list
// of what was sent row by row. Each piece takes the place of the one with its id; the focus and what is unfolded stay.
const moving = all("[data-now-url]");
const waiting = new Map();
function follow(root, id) {
  if (!root) return;
  if (waiting.has(root)) return waiting.get(root).push(id); // what happens at about the same time is fetched once
  waiting.set(root, [id]);
  setTimeout(() => renewPieces(root), 150);
}
function renewPieces(root) {
  const ids = waiting.get(root);
  waiting.delete(root);
  const wanted = root.dataset.case || ids.includes(undefined) ? "[data-now], [data-case]" : ids.map((id) => `[data-case="${CSS.escape(id)}"]`).join();
  const [first, ...rest] = all(wanted, root).map((piece) => `#${CSS.escape(piece.id)}`);
  if (!first) return;
  const selectOOB = rest.map((piece) => `${piece}:outerMorph`).join(",");
  swap("GET", root.dataset.nowUrl, first, { source: root, select: first, selectOOB });
}
function changed(note) {
  if (!note.case) return;
  for (const root of moving) if ((root.dataset.case ?? note.case) === note.case) follow(root, note.case);
  if (!list?.dataset.countsUrl) return;
  recount();
  if (!list.dataset.rowUrl) return;
  if (document.getElementById(`row-${note.case}`)) renew(note.case);
  else if (note.kind === "joined" && list.dataset.mailbox === note.mailbox) announce(note.case);
}
function missed() {
  for (const root of moving) follow(root);
  if (!list?.dataset.rowUrl) return;
  offer(one("[data-news]").dataset.missed);
  recount();
}
document.addEventListener("live:change", (event) => changed(event.detail));
document.addEventListener("live:missed", missed);
// Between the making of the page and its first word from the stream something may have gone its way.
document.addEventListener("live:linked", () => moving.filter((root) => one(".tag.wait", root)).forEach((root) => follow(root)));
document.addEventListener("session:in", missed);

// Keys, one letter each; never in fields, and off for those who switch them off (WCAG 2.1.4).
const keysOn = () => localStorage.getItem("keys") !== "off";
const toggle = one("[data-keys-switch]");
if (toggle) {
  toggle.checked = keysOn();
  toggle.addEventListener("change", () => localStorage.setItem("keys", toggle.checked ? "on" : "off"));
}
function step(by) {
  const links = all("[data-rows] .subject");
  const here = document.activeElement.closest(".row") ?? one(".row[aria-current]");
  const at = links.findIndex((link) => link.closest(".row") === here);
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}
function press(key) {
  const wanted = `[data-key="${key}"]`;
  const row = document.activeElement.closest(".row");
  const inRow = row && one(wanted, row);
  const inView = !row || row.matches("[aria-current]") ? one(`main ${wanted}:not(.row *)`) : null;
  const target = inRow ?? inView ?? one(`.rail ${wanted}`);
  target?.click();
  return Boolean(target);
}
const keys = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => one("[data-search]")?.focus(),
  "?": () => document.getElementById("keys")?.togglePopover(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keysOn()) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (keys[event.key]) keys[event.key]();
  else if (!"tren".includes(event.key) || !press(event.key)) return;
  event.preventDefault();
});

// Results while typing, below the field that asks for them.
for (const field of all("[data-find-url]")) {
  let waiting;
  field.form?.addEventListener("submit", () => clearTimeout(waiting));
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    const query = new URLSearchParams({ [field.name]: field.value });
    waiting = setTimeout(() => swap("GET", `${field.dataset.findUrl}?${query}`, `#${field.id}-results`), 250);
  });
}

// What a page says when it comes is said once more: a live region is heard only when something in it changes.
const told = all('[role="status"]').filter((region) => region.firstElementChild);
setTimeout(() => {
  for (const region of told.filter((one) => !one.contains(document.activeElement))) {
    for (const line of region.children) line.classList.add("told");
    region.append(...region.childNodes);
  }
}, 500);

// Small things: characters left, focus on the first fault, toasts that leave, what needs JavaScript.
for (const counter of all("[data-count-for]")) {
  const field = document.getElementById(counter.dataset.countFor);
  const count = () => {
    const left = Number(field.dataset.limit) - field.value.length;
    counter.textContent = `${Math.abs(left)} ${left < 0 ? counter.dataset.over : counter.dataset.left}`;
    counter.classList.toggle("over", left < 0);
  };
  field.addEventListener("input", count);
  count();
}
(one("[data-focus]") ?? one('[aria-invalid="true"]:not([autofocus])'))?.focus();
const chip = one(".chips [aria-current]"); // sideways alone: the page stays where it is
if (chip) chip.parentElement.scrollLeft = chip.offsetLeft - chip.parentElement.offsetLeft - (chip.parentElement.clientWidth - chip.offsetWidth) / 2;
all("[data-needs-js]").forEach((element) => { element.hidden = false; });
const tidy = () => all("[data-toast]").forEach((toast) => setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 15000));
tidy();
