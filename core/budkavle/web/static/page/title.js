// The window's title and icon say how much waits, also while nobody looks at the window.
import { one } from "./dom.js";

const NUMBER = /^\d+\+?$/;
const COUNT = /^\(\d+\+?\) /;

function show() {
  const toDo = one("#rail")?.dataset.toDo;
  const waits = NUMBER.test(toDo) ? toDo : null; // anything else would be put before the title again and again
  const icon = one("link[rel=icon][data-waits]");
  const href = waits ? icon?.dataset.waits : icon?.dataset.quiet;
  if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  // What has to be put right stands first in a title, and a page that is covered says nothing.
  const isBare = !waits || one("[aria-invalid=true]") || document.documentElement.classList.contains("covered");
  const title = (isBare ? "" : `(${waits}) `) + document.title.replace(COUNT, "");
  if (document.title !== title) document.title = title;
}

const rail = one("#rail");
if (rail) {
  new MutationObserver(show).observe(rail, { attributeFilter: ["data-to-do"] });
  new MutationObserver(show).observe(one("title"), { childList: true });
  show();
}
