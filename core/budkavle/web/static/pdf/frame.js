// Draws a PDF in a frame without an origin: no cookies, no address of the document, and nothing to ask but PDF.js' own files.
// A worker by address is refused here, and so is a module worker from a blob: a classic one that imports the module is not. It holds
// what comes before that has happened.
const library = new URL(document.body.dataset.library, location.href).href;
const folder = library.slice(0, library.lastIndexOf("/") + 1);
const pages = document.getElementById("pages");
const where = document.getElementById("where");
const drawn = new Map();
let pdf;
let zoom = 1;

const tell = (message) => parent.postMessage(message, "*");

function worker() {
  const policy = trustedTypes.createPolicy("pdf", { createScriptURL: (address) => address });
  const source = `const held = []; onmessage = (event) => held.push(event);
import("${folder}pdf.worker.min.mjs").then(() => { onmessage = null;
for (const event of held) dispatchEvent(new MessageEvent("message", { data: event.data, ports: event.ports })); });`;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return new Worker(policy.createScriptURL(address));
}

const text = (number) => document.body.dataset.page.replace("{number}", number).replace("{count}", pdf.numPages);

async function open(bytes) {
  const js = await import(library);
  js.GlobalWorkerOptions.workerPort = worker();
  pdf = await js.getDocument({
    data: bytes,
    enableXfa: false,
    cMapUrl: `${folder}cmaps/`,
    standardFontDataUrl: `${folder}standard_fonts/`,
    wasmUrl: `${folder}wasm/`,
    iccUrl: `${folder}iccs/`,
    useWorkerFetch: false,
  }).promise;
  const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const box = Object.assign(document.createElement("section"), { className: "page" });
    box.dataset.number = number;
    box.setAttribute("aria-label", text(number));
    box.ratio = first.height / first.width;
    pages.append(box);
  }
  tell({ pages: pdf.numPages }); // the frame is shown now, and only then is drawn in
  measure();
  await draw(js, pages.firstElementChild);
  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) draw(js, entry.target);
    },
    { root: pages, rootMargin: "100%" },
  );
  for (const box of pages.children) near.observe(box);
  pages.addEventListener("scroll", tellWhere, { passive: true });
  addEventListener("resize", () => redraw(js));
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => {
      zoom = Math.min(Math.max(zoom * button.dataset.zoom, 0.5), 4);
      redraw(js);
    });
  for (const button of document.querySelectorAll("[data-go]"))
    button.addEventListener("click", () => go(Number(button.dataset.go)));
  tellWhere();
}

function measure() {
  const width = Math.max(pages.clientWidth - 24, 200) * zoom;
  for (const box of pages.children) {
    box.style.width = `${width}px`;
    box.style.height = `${width * box.ratio}px`;
  }
}

function redraw(js) {
  const at = current();
  drawn.clear();
  measure();
  pages.children[at - 1].scrollIntoView();
  draw(js, pages.children[at - 1]);
}

async function draw(js, box) {
  const width = box.clientWidth;
  if (drawn.get(box) === width) return;
  drawn.set(box, width);
  const page = await pdf.getPage(Number(box.dataset.number));
  const natural = page.getViewport({ scale: 1 });
  box.ratio = natural.height / natural.width;
  box.style.height = `${width * box.ratio}px`;
  const viewport = page.getViewport({ scale: width / natural.width });
  const sharp = Math.min(devicePixelRatio || 1, 4096 / Math.max(viewport.width, viewport.height));
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = Math.floor(viewport.width * sharp);
  canvas.height = Math.floor(viewport.height * sharp);
  const layer = Object.assign(document.createElement("div"), { className: "textLayer" });
  box.style.setProperty("--total-scale-factor", viewport.scale);
  box.replaceChildren(canvas, layer);
  const transform = sharp === 1 ? undefined : [sharp, 0, 0, sharp, 0, 0];
  await page.render({ canvas, viewport, transform }).promise;
  const content = page.streamTextContent({ includeMarkedContent: true });
  await new js.TextLayer({ textContentSource: content, container: layer, viewport }).render();
}

function current() {
  const middle = pages.scrollTop + pages.clientHeight / 3;
  const box = [...pages.children].find((one) => one.offsetTop - pages.offsetTop + one.offsetHeight > middle);
  return Number(box?.dataset.number ?? pdf.numPages);
}

function tellWhere() {
  const at = current();
  if (where.textContent !== text(at)) where.textContent = text(at);
  for (const button of document.querySelectorAll("[data-go]")) {
    const goal = at + Number(button.dataset.go);
    button.setAttribute("aria-disabled", String(goal < 1 || goal > pdf.numPages));
  }
}

const go = (by) => pages.children[current() - 1 + by]?.scrollIntoView();

addEventListener("keydown", (event) => {
  if (event.key === "Escape") tell({ close: true });
});
// The page that holds the frame gives the bytes, once; what anybody else says does nothing.
function take({ source, data }) {
  if (source !== parent || !data?.bytes) return;
  removeEventListener("message", take);
  open(data.bytes).catch((error) => tell({ fault: error.name }));
}
addEventListener("message", take);
tell({ ready: true });
