// Says beside each button for files what is chosen, and takes files that are dropped there.
import { all, one } from "./dom.js";

document.documentElement.classList.add("js");

function tell(chooser) {
  const [input, chosen] = [one("input", chooser), one(".chosen", chooser)];
  const names = [...input.files].map((file) => file.name);
  chosen.textContent = names.join(", ") || chosen.dataset.none;
  chosen.classList.toggle("some", names.length > 0);
}
const chooserOf = (event) => event.target.closest?.("[data-chooser]");
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

document.addEventListener("change", (event) => chooserOf(event) && tell(chooserOf(event)));
document.addEventListener("reset", (event) => setTimeout(() => all("[data-chooser]", event.target).forEach(tell)));
// A browser that comes back to a page puts the files back without saying so.
addEventListener("pageshow", () => all("[data-chooser]").forEach(tell));

for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    const chooser = chooserOf(event);
    if (!chooser || !hasFiles(event)) return;
    event.preventDefault();
    chooser.classList.toggle("over", kind === "dragover");
    if (kind !== "drop") return;
    const input = one("input", chooser);
    const files = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
