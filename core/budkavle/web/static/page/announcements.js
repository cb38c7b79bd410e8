// What a page says when it comes is said once more: a live region is heard only when something in it changes.
import { all } from "./dom.js";

const AGAIN_AFTER_MS = 500;

const regions = all('[role="status"]').filter((region) => region.firstElementChild);
setTimeout(() => {
  for (const region of regions) {
    if (region.contains(document.activeElement)) continue;
    for (const line of region.children) line.classList.add("told");
    region.append(...region.childNodes);
  }
}, AGAIN_AFTER_MS);
