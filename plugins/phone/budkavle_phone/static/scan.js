// The scanner: pages are taken by the camera or chosen, ordered, turned and cut. They are in the memory of this page
// alone until the form sends them; without this script the form sends the chosen pictures in their order.
const form = document.querySelector("form[data-scan]");
const one = (selector, root = form) => root.querySelector(selector);
const list = one("[data-pages]");
const input = one("#pictures");
const line = one("[data-said]");
const video = one("[data-video]");
const pages = [];
let stream;
const say = (name, number) => {
  line.textContent = line.dataset[name].replace("{number}", number);
};

function draw(page) {
  const { bitmap, cut, item } = page;
  const turned = cut.turns % 2 === 1;
  const scale = 480 / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const canvas = one("[data-look]", item);
  canvas.width = turned ? height : width;
  canvas.height = turned ? width : height;
  const pen = canvas.getContext("2d");
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((cut.turns * Math.PI) / 2);
  pen.drawImage(bitmap, -width / 2, -height / 2, width, height);
  // What is cut away is shaded, not gone: the edges can be moved back.
  pen.fillStyle = "rgb(0 0 0 / 60%)";
  const [left, right] = [(cut.left / 100) * width, (cut.right / 100) * width];
  const [top, bottom] = [(cut.top / 100) * height, (cut.bottom / 100) * height];
  pen.fillRect(-width / 2, -height / 2, left, height);
  pen.fillRect(width / 2 - right, -height / 2, right, height);
  pen.fillRect(-width / 2, -height / 2, width, top);
  pen.fillRect(-width / 2, height / 2 - bottom, width, bottom);
}
function number() {
  pages.forEach((page, place) => {
    list.append(page.item);
    const name = form.dataset.page.replace("{number}", place + 1);
    one("[data-name]", page.item).textContent = name;
    one("[data-look]", page.item).setAttribute("aria-label", name);
    page.item.setAttribute("aria-label", name);
    one('[data-do="up"]', page.item).disabled = place === 0;
    one('[data-do="down"]', page.item).disabled = place === pages.length - 1;
  });
}
// Adds a page. Tells what became of it, as the line says it: what the server would refuse is refused before it is here,
// since a form that comes back has lost every page.
async function add(blob) {
  const bytes = pages.reduce((sum, page) => sum + page.blob.size, blob.size);
  if (pages.length >= Number(form.dataset.most) || bytes > Number(form.dataset.mostBytes)) return "full";
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    return "unread";
  }
  const item = one("[data-template]").content.firstElementChild.cloneNode(true);
  const page = { blob, bitmap, item, cut: { top: 0, right: 0, bottom: 0, left: 0, turns: 0 } };
  pages.push(page);
  item.addEventListener("click", ({ target }) => change(page, target.closest("[data-do]")));
  item.addEventListener("input", ({ target }) => {
    page.cut[target.dataset.edge] = Number(target.value);
    draw(page);
  });
  number();
  draw(page);
  return "added";
}
async function addAll(blobs) {
  const outcomes = [];
  for (const blob of blobs) outcomes.push(await add(blob));
  const failed = outcomes.find((outcome) => outcome !== "added");
  if (outcomes.length) say(failed ?? "added", pages.length);
}
function change(page, button) {
  const place = pages.indexOf(page);
  const what = button?.dataset.do;
  if (what === "turn") {
    page.cut.turns = (page.cut.turns + 1) % 4;
    draw(page);
  }
  if (what === "remove") {
    pages.splice(place, 1);
    page.item.remove();
    number();
    say("removed");
    (pages[Math.min(place, pages.length - 1)]?.item.querySelector('[data-do="remove"]') ?? input).focus();
  }
  if (what === "up" || what === "down") {
    const next = place + (what === "up" ? -1 : 1);
    pages.splice(next, 0, ...pages.splice(place, 1));
    number();
    say("moved", next + 1);
    (button.disabled ? one(`[data-do="${what === "up" ? "down" : "up"}"]`, page.item) : button).focus();
  }
}

input.addEventListener("change", async () => {
  const chosen = [...input.files];
  input.value = "";
  await addAll(chosen);
});

async function open() {
  const wanted = { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1440 } };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
  } catch {
    return say("denied");
  }
  video.srcObject = stream;
  one("[data-camera]").hidden = false;
  one("[data-needs-camera]").hidden = true;
  one("[data-shoot]").focus();
}
function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  one("[data-camera]").hidden = true;
  one("[data-needs-camera]").hidden = false;
}
async function shoot() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  await addAll([await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9))]);
}
if (navigator.mediaDevices?.getUserMedia) one("[data-needs-camera]").hidden = false;
one("[data-open]").addEventListener("click", open);
one("[data-shoot]").addEventListener("click", shoot);
one("[data-stop]").addEventListener("click", () => {
  stop();
  one("[data-open]").focus();
});
addEventListener("pagehide", stop);

form.addEventListener("submit", () => {
  const files = new DataTransfer();
  for (const [place, { blob }] of pages.entries())
    files.items.add(new File([blob], `${place + 1}`, { type: blob.type }));
  input.files = files.files;
  form.elements.cuts.value = JSON.stringify(pages.map(({ cut }) => cut));
});
