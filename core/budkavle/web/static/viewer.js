// Files are read in the page: a tile opens the viewer beneath its message, and a PDF is then drawn whole by PDF.js in a frame that
// has no origin. The page fetches the bytes and hands them to that one frame.
import { all, one, swap } from "./page/dom.js";

const LATEST_MS = 20_000; // then the pictures, which are there already, are all there is
let opener;

function open(link) {
  opener = link;
  const place = Object.assign(document.createElement("div"), { id: "viewer" });
  one("#viewer")?.remove();
  link.closest(".tiles").after(place);
  for (const tile of all(".tile")) tile.classList.toggle("chosen", tile.contains(link));
  show(link.href);
}

async function show(address) {
  const above = one("#viewer").previousElementSibling;
  await swap("GET", address, "#viewer", { swap: "outerHTML" });
  const viewer = one("#viewer");
  if (!viewer || !one(".viewer-head", viewer)) return failed(viewer, above, address);
  viewer.focus({ preventScroll: true });
  viewer.scrollIntoView();
  if (viewer.dataset.frame) frame(viewer);
}

// No answer, or one that was no file: says so where the file would have stood, with a way to try again.
function failed(viewer, above, address) {
  const place = Object.assign(document.createElement("div"), { id: "viewer" });
  place.append(one("#failed").content.cloneNode(true));
  viewer?.remove();
  above.after(place);
  one("[data-again]", place).addEventListener("click", () => show(address));
  one("[data-again]", place).focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

function close() {
  if (alone) return; // a page that is nothing but the file
  one("#viewer")?.remove();
  for (const tile of all(".tile.chosen")) tile.classList.remove("chosen");
  opener?.focus();
}

function frame(viewer) {
  const shown = Object.assign(document.createElement("iframe"), { className: "viewer-frame" });
  shown.setAttribute("sandbox", "allow-scripts");
  shown.title = one("#viewer-name").textContent;
  shown.src = viewer.dataset.frame;
  const end = () => {
    removeEventListener("message", listen);
    clearTimeout(patience);
  };
  const give = async () => {
    const answer = await fetch(viewer.dataset.file);
    if (!answer.ok) return shown.remove();
    const bytes = await answer.arrayBuffer();
    shown.contentWindow?.postMessage({ bytes }, "*", [bytes]);
  };
  function listen({ source, origin, data }) {
    if (source !== shown.contentWindow || origin !== "null") return;
    if (data.ready) give();
    else if (data.close) close();
    else if (data.fault) {
      viewer.classList.remove("framed");
      shown.remove();
      end();
    } else if (data.pages) {
      viewer.classList.add("framed");
      clearTimeout(patience);
    }
  }
  const patience = setTimeout(() => {
    shown.remove();
    end();
  }, LATEST_MS);
  addEventListener("message", listen);
  one(".viewer-head", viewer).after(shown); // a frame out of sight is not drawn in
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[data-view], .tiles ~ #viewer a[data-step]");
  if (link) {
    event.preventDefault();
    if (link.matches("[data-view]")) open(link);
    else show(link.href);
  } else if (event.target.closest("#viewer [data-close]")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#viewer")) close();
});
const alone = one("#viewer");
if (alone?.dataset.frame) frame(alone);
