// What JavaScript adds to pages that work without it: changes in place, live rows, keys, uploads, checks.
// Markup from the server is only ever swapped in by htmx (its Trusted Types policy); this file writes text.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);
const swap = (verb, url, target, more = {}) => htmx.ajax(verb, url, { target, swap: "outerMorph", ...more });
const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

// Forms with data-swap answer with the element that they change; without JavaScript they lead to a page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const target = form.dataset.swap && one(form.dataset.swap);
  if (!target || event.defaultPrevented) return;
  event.preventDefault();
  const values = new FormData(form, event.submitter);
  event.submitter?.setAttribute("aria-busy", "true");
  const focused = target.contains(document.activeElement);
  swap(form.method, form.action, target, { source: form, values: Object.fromEntries(values) }).finally(() => {
    const fresh = one(form.dataset.swap);
    event.submitter?.removeAttribute("aria-busy");
    tidy();
    if (focused && fresh && !fresh.contains(document.activeElement)) one("button, a", fresh)?.focus();
  });
});

// Live: events carry ids only. {"row": id} renews that row where it stands; {"new": id} counts up "3 nya – visa".
const list = one("[data-rows]");
const fresh = new Set();
function announce() {
  const line = one("[data-news]");
  const words = fresh.size === 1 ? line.dataset.one : `${fresh.size} ${line.dataset.many}`;
  const link = Object.assign(make("a", words), { href: location.href });
  line.replaceChildren(link);
}
function renew(id) {
  const row = document.getElementById(`row-${id}`);
  if (!row) return;
  const url = list.dataset.rowUrl.replace("{id}", encodeURIComponent(id));
  swap("GET", url, row).then(() => document.getElementById(`row-${id}`)?.classList.add("changed"));
}
if (list?.dataset.live) {
  const source = new EventSource(list.dataset.live);
  source.addEventListener("row", (event) => renew(event.data));
  source.addEventListener("new", (event) => {
    if (document.getElementById(`row-${event.data}`)) return renew(event.data);
    fresh.add(event.data);
    announce();
  });
  source.addEventListener("case", () => one("[data-case-url]") && swap("GET", one("[data-case-url]").dataset.caseUrl, "#casebar"));
  addEventListener("pagehide", () => source.close());
}

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

// Chosen files: size and type are checked before anything is sent, then each is sent with its progress (XHR, since fetch tells none).
const size = (bytes) => {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
};
const accepts = (accept, file) => !accept || accept.split(",").map((part) => part.trim().toLowerCase())
  .some((part) => (part.startsWith(".") ? file.name.toLowerCase().endsWith(part) : file.type === part));
function fault(box, input, file) {
  const limit = Number(box.dataset.maxBytes || Infinity);
  const sum = Number(box.dataset.used || 0) + file.size;
  if (sum > limit) return `${file.name} (${size(file.size)}) ${box.dataset.tooBig} ${size(limit)}.`;
  if (!accepts(input.accept, file)) return `${file.name} ${box.dataset.wrongType}`;
  box.dataset.used = sum;
  return "";
}
function line(box, text, bad) {
  const item = one("[data-uploads]", box).appendChild(make("li", "", bad ? "bad" : ""));
  item.append(make("span", text, "name"));
  return item;
}
function send(box, input, file) {
  const item = line(box, `${file.name} · ${size(file.size)}`, false);
  const bar = item.appendChild(Object.assign(document.createElement("progress"), { max: 1, value: 0, ariaLabel: file.name }));
  const stop = item.appendChild(Object.assign(make("button", box.dataset.cancel, "ds-button small"), { type: "button" }));
  stop.dataset.variant = "tertiary";
  const request = new XMLHttpRequest();
  const data = new FormData();
  data.append("csrf", one('[name="csrf"]', box.closest("form")).value);
  data.append(input.name, file);
  request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
  request.onload = () => (request.status < 300 ? arrived(box, item, file, request) : failed(box, item, file));
  request.onerror = () => failed(box, item, file);
  stop.onclick = () => { request.abort(); drop(box, item, file); };
  request.open("POST", box.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
}
function drop(box, item, file) {
  box.dataset.used = Number(box.dataset.used) - file.size;
  item.remove();
}
function failed(box, item, file) {
  drop(box, item, file);
  line(box, `${file.name} ${box.dataset.failed}`, true);
}
// The answer {"id": "…"} becomes a hidden field, so that the form sends ids instead of files.
function arrived(box, item, file, request) {
  const { id } = JSON.parse(request.responseText);
  const stop = one("button", item);
  one("progress", item).remove();
  stop.textContent = box.dataset.remove;
  stop.onclick = () => drop(box, item, file);
  item.append(Object.assign(document.createElement("input"), { type: "hidden", name: "attachment", value: id }));
}
function choose(box, input, files) {
  all(".bad", box).forEach((item) => item.remove());
  if (!box.dataset.upload) box.dataset.used = 0;
  const good = files.filter((file) => { const why = fault(box, input, file); if (why) line(box, why, true); return !why; });
  input.setCustomValidity(!box.dataset.upload && good.length < files.length ? one(".bad", box).textContent : "");
  if (box.dataset.upload) { good.forEach((file) => send(box, input, file)); input.value = ""; }
}
for (const box of all("[data-files]")) {
  const input = one('input[type="file"]', box);
  input.addEventListener("change", () => choose(box, input, [...input.files]));
  for (const kind of ["dragenter", "dragover"]) box.addEventListener(kind, () => box.classList.add("over"));
  for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, () => box.classList.remove("over"));
}

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
one("[data-focus]")?.focus();
all("[data-needs-js]").forEach((element) => { element.hidden = false; });
const tidy = () => all("[data-toast]").forEach((toast) => setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 15000));
tidy();
