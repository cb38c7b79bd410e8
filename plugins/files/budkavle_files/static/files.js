// Filer: how many rows are ticked, ticking all, and closing what is no longer shared. Everything works without it.
const ASK_MS = 10_000; // how often an open page that is looked at asks whether it may still be read

const list = document.querySelector(".files-list");
if (list) {
  const ticks = () => [...list.querySelectorAll('input[name="id"]')];
  const all = list.querySelector("[data-all]");
  const picked = list.querySelector("[data-picked]");
  const show = () => {
    const many = ticks().filter((tick) => tick.checked).length;
    picked.textContent = `${many} ${many === 1 ? picked.dataset.one : picked.dataset.text}`;
    all.checked = many > 0 && many === ticks().length;
    all.indeterminate = many > 0 && !all.checked;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const tick of ticks()) tick.checked = all.checked;
    show();
  });
  list.addEventListener("change", show);
  list.addEventListener("reset", () => setTimeout(show));
  show();
}

const open = document.querySelector("[data-reach]");
if (open) {
  const asking = setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch(open.dataset.reach, { headers: { accept: "application/json" } }).catch(() => null);
    if (!answer || (answer.status !== 404 && answer.status !== 403)) return; // no network: it is asked again
    clearInterval(asking);
    const words = open.querySelector("[data-gone]").content.cloneNode(true);
    open.replaceChildren(words);
    open.className = "column";
    open.setAttribute("role", "alert");
  }, ASK_MS);
}
