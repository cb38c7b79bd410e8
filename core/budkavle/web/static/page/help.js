// The help that belongs to a page opens beside it; its address is that of the same text on a page of its own. It closes
// when the focus leaves it, as any menu or dialog that could lie over what has the focus.
import { one, swap } from "./dom.js";

document.addEventListener("focusin", (event) => {
  if (!event.target.closest(":popover-open")) one(":popover-open")?.hidePopover();
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-help]");
  const path = link?.getAttribute("href");
  if (!path?.startsWith("/help/") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await swap("GET", path, "#help-text");
  one("#help-sheet").showPopover();
  one("#help-sheet button").focus();
});
