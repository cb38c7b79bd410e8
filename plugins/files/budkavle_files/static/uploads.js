// Files on their way by tus: each goes on where it broke off, can be paused and given up, and shows its progress.
// The browser keeps no list of uploads: their names would lie in localStorage. The server is asked for a fingerprint.
const ATONCE = 3;
const CHUNK = 64 * 1024 * 1024;
const form = document.querySelector("[data-tus]");
const token = form.querySelector('[name="csrf"]').value;
const list = form.querySelector(".files-uploads");
const waiting = [];
let running = 0;
let open = 0;

const make = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text, className });
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function fingerprint(file, path) {
  const words = [form.dataset.target, path, file.name, file.size, file.lastModified].join("|");
  return crypto.subtle ? hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words))) : "";
}

const urlStorage = {
  findAllUploads: async () => [],
  findUploadsByFingerprint: async (print) => {
    if (!print) return [];
    const answer = await fetch(form.dataset.tus, { headers: { "x-fingerprint": print } });
    const rows = answer.ok ? await answer.json() : [];
    return rows.map((row) => ({ uploadUrl: row.url, size: row.size, metadata: {}, urlStorageKey: row.url }));
  },
  addUpload: async (_print, upload) => upload.uploadUrl,
  removeUpload: async () => {},
};

class Line {
  constructor(file, path) {
    this.file = file;
    this.path = path;
    this.item = list.appendChild(make("li"));
    this.item.append(make("span", path || file.name, "name"));
    this.bar = this.item.appendChild(
      Object.assign(document.createElement("progress"), { max: 1, value: 0, ariaLabel: path || file.name }),
    );
    this.state = this.item.appendChild(make("span", form.dataset.waits, "state"));
    this.pause = this.button(form.dataset.pause, () => this.toggle());
    this.stop = this.button(form.dataset.stop, () => this.giveUp());
    this.pause.hidden = true;
  }
  button(text, act) {
    const button = this.item.appendChild(make("button", text, "ds-button small"));
    button.type = "button";
    button.dataset.variant = "tertiary";
    button.ariaLabel = `${text} ${this.path || this.file.name}`;
    button.addEventListener("click", act);
    return button;
  }
  async start() {
    const print = await fingerprint(this.file, this.path);
    const metadata = {
      filename: this.file.name,
      filetype: this.file.type || "application/octet-stream",
      target: form.dataset.target,
      fingerprint: print,
    };
    if (this.path) metadata.path = this.path;
    this.upload = new window.tus.Upload(this.file, {
      endpoint: form.dataset.tus,
      headers: { "x-csrf": token },
      metadata,
      chunkSize: CHUNK,
      retryDelays: [0, 500, 1000, 3000, 5000, 10000, 20000],
      fingerprint: async () => print || null,
      urlStorage,
      onProgress: (sent, all) => this.moved(sent, all),
      onShouldRetry: (error) => this.again(error),
      onSuccess: () => this.end(form.dataset.done),
      onError: (error) => this.fail(error),
    });
    this.pause.hidden = false;
    const earlier = await this.upload.findPreviousUploads();
    if (this.gone) return;
    if (earlier.length) this.upload.resumeFromPreviousUpload(earlier[0]);
    this.state.textContent = form.dataset.sends;
    this.upload.start();
  }
  moved(sent, all) {
    this.bar.value = all ? sent / all : 1;
    if (!this.isPaused) this.state.textContent = `${form.dataset.sends} ${Math.floor(100 * this.bar.value)} %`;
  }
  again(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    const goes = !status || status >= 500 || status === 408 || status === 429 || (status === 409 && this.upload.url);
    if (goes) this.state.textContent = form.dataset.broken;
    return Boolean(goes);
  }
  toggle() {
    this.isPaused = !this.isPaused;
    const text = this.isPaused ? form.dataset.goOn : form.dataset.pause;
    this.pause.textContent = text;
    this.pause.ariaLabel = `${text} ${this.path || this.file.name}`;
    this.state.textContent = this.isPaused ? form.dataset.paused : form.dataset.sends;
    if (this.isPaused) this.upload.abort();
    else this.upload.start();
  }
  giveUp() {
    this.gone = true;
    if (this.upload?.url) this.upload.abort(true).catch(() => {});
    const place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    else ended();
    closed(this);
    this.item.remove();
  }
  fail(error) {
    this.bar.remove();
    this.state.className = "state bad";
    const words = error.originalResponse?.getHeader("content-type")?.startsWith("text/plain");
    this.end((words && error.originalResponse.getBody()) || form.dataset.failed);
  }
  end(text) {
    this.state.textContent = text;
    this.pause.remove();
    this.stop.remove();
    ended();
    closed(this);
  }
}

function closed(line) {
  open -= line.isClosed ? 0 : 1;
  line.isClosed = true;
  if (open) return;
  if ("again" in form.dataset && !list.querySelector(".bad") && list.children.length) location.reload();
  form.querySelector(".files-said").textContent = list.querySelector(".bad") ? "" : form.dataset.allDone;
}
function ended() {
  running -= 1;
  next();
}
function next() {
  while (running < ATONCE && waiting.length) {
    running += 1;
    waiting.shift().start();
  }
}
function take(files) {
  form.querySelector(".files-said").textContent = "";
  for (const [file, path] of files) {
    open += 1;
    const line = new Line(file, path);
    if (file.size > Number(form.dataset.most)) {
      running += 1;
      line.fail({});
      line.state.textContent = form.dataset.tooLarge;
    } else waiting.push(line);
  }
  next();
}

const children = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));
const asFile = (entry) => new Promise((done, failed) => entry.file(done, failed));
async function walk(entry, above, found) {
  if (entry.isFile) {
    found.push([await asFile(entry), above ? `${above}${entry.name}` : ""]);
    return;
  }
  const reader = entry.createReader();
  for (let batch = await children(reader); batch.length; batch = await children(reader))
    for (const child of batch) await walk(child, `${above}${entry.name}/`, found);
}

const box = form.querySelector(".files-drop");
form.querySelector('[type="submit"]').closest(".foot").hidden = true;
for (const part of form.querySelectorAll(".files-folder, .files-script")) part.hidden = false;
for (const input of form.querySelectorAll('[type="file"]'))
  input.addEventListener("change", () => {
    take([...input.files].map((file) => [file, file.webkitRelativePath]));
    input.value = "";
  });
box.addEventListener("dragover", (event) => {
  event.preventDefault();
  box.classList.add("over");
});
box.addEventListener("dragleave", () => box.classList.remove("over"));
box.addEventListener("drop", async (event) => {
  event.preventDefault();
  box.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = entries.length ? [] : [...event.dataTransfer.files].map((file) => [file, ""]);
  const found = [...loose];
  for (const entry of entries) await walk(entry, "", found);
  take(found);
});
addEventListener("beforeunload", (event) => {
  if (open) event.preventDefault();
});
