// Chosen files: size and type are checked before anything is sent, then each is sent with its progress.
// XMLHttpRequest, since fetch tells no progress. Without JavaScript the form itself carries the files.
import { all, one } from "./page/dom.js";

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

const size = (bytes) => {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
};
function fault(box, input, file) {
  const limit = Number(box.dataset.maxBytes || Infinity);
  const sum = Number(box.dataset.used || 0) + file.size;
  const most = Number(box.dataset.maxFileBytes || Infinity);
  if (file.size > most) return `${file.name} (${size(file.size)}) ${box.dataset.fileTooBig} ${size(most)}.`;
  if (sum > limit) return `${file.name} (${size(file.size)}) ${box.dataset.tooBig} ${size(limit)}.`;
  if (input.accept && !input.accept.split(",").includes(file.type)) return `${file.name} ${box.dataset.wrongType}`;
  box.dataset.used = sum;
  return "";
}
function line(box, text, bad) {
  const item = one("[data-uploads]", box).appendChild(make("li", { className: bad ? "bad" : "" }));
  item.append(make("span", { textContent: text, className: "name" }));
  return item;
}
function send(box, input, file, done) {
  const item = line(box, `${file.name} · ${size(file.size)}`, false);
  const bar = item.appendChild(make("progress", { max: 1, value: 0, ariaLabel: file.name }));
  const stop = item.appendChild(
    make("button", { textContent: box.dataset.cancel, className: "ds-button small", type: "button" }),
  );
  stop.dataset.variant = "tertiary";
  const request = new XMLHttpRequest();
  const data = new FormData();
  data.append("csrf", one('[name="csrf"]', box.closest("form")).value);
  data.append(input.name, file);
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total;
  };
  request.onload = () =>
    request.status < 300
      ? arrived(box, item, file, request.response)
      : failed(box, item, file, Object.values(request.response?.errors ?? {})[0]);
  request.onerror = () => failed(box, item, file);
  stop.onclick = () => {
    request.abort();
    drop(box, item, file);
  };
  request.open("POST", box.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.onloadend = done;
  request.send(data);
}
function drop(box, item, file) {
  box.dataset.used = Number(box.dataset.used) - file.size;
  item.remove();
}
function failed(box, item, file, why) {
  drop(box, item, file);
  line(box, why || `${file.name} ${box.dataset.failed}`, true);
}
// The answer {"id": "…"} becomes a hidden field, so that the form sends ids instead of files.
function arrived(box, item, file, { id, note }) {
  const stop = one("button", item);
  one("progress", item).replaceWith(make("span", { textContent: note, className: "hint" }));
  stop.textContent = box.dataset.remove;
  stop.onclick = () => {
    discard(box, id);
    drop(box, item, file);
  };
  item.append(make("input", { type: "hidden", name: "attachment", value: id }));
}
function discard(box, id) {
  const headers = { "x-csrf": one('[name="csrf"]', box.closest("form")).value };
  fetch(`${box.dataset.upload.split("?")[0]}/${id}`, { method: "DELETE", headers });
}
function choose(box, input, files) {
  for (const item of all(".bad", box)) item.remove();
  if (!box.dataset.upload) box.dataset.used = 0;
  const good = files.filter((file) => {
    const why = fault(box, input, file);
    if (why) line(box, why, true);
    return !why;
  });
  input.setCustomValidity(!box.dataset.upload && good.length < files.length ? one(".bad", box).textContent : "");
  if (box.dataset.upload) {
    // A signature comes before what it signs, which the server then keeps byte for byte.
    const first = good.filter((file) => /\.(p7s|sig|asc)$/i.test(file.name));
    let left = first.length;
    const go = () => left-- || good.map((file) => first.includes(file) || send(box, input, file));
    first.map((file) => send(box, input, file, go));
    go();
    input.value = "";
  }
}
for (const each of all("[data-files]")) {
  const input = one('input[type="file"]', each);
  input.addEventListener("change", () => choose(each, input, [...input.files]));
  for (const kind of ["dragenter", "dragover"]) each.addEventListener(kind, () => each.classList.add("over"));
  for (const kind of ["dragleave", "drop"]) each.addEventListener(kind, () => each.classList.remove("over"));
}

// On a page for writing, files may be dropped anywhere and pasted: the browser would open them in place of the page.
const hasFiles = (transfer) => transfer?.types.includes("Files");
const box = one("form[data-compose] [data-files]");
if (box) {
  const taking = () => one("form[data-compose] [data-files]"); // another kind of message may take none
  const add = (files) => {
    const target = taking();
    if (target) choose(target, one('input[type="file"]', target), files);
  };
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    if (!event.target.closest("[data-files]")) event.preventDefault();
    taking()?.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || taking()?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    taking()?.classList.remove("over");
    if (!hasFiles(event.dataTransfer) || event.target.matches('input[type="file"]')) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
    taking()?.scrollIntoView({ block: "nearest" });
  });
  // What an office program copies is text with a picture of it: there the text is what was meant.
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    if (!event.target.closest?.("form[data-compose]")) return;
    event.preventDefault();
    add(files.map(named));
  });
}
// A pasted picture is called image.png by every browser.
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const at = new Date().toLocaleString("sv").replaceAll(":", ".");
  const ending = file.name.split(".").pop();
  return new File([file], `${box.dataset.pasted} ${at}.${ending}`, { type: file.type });
}
