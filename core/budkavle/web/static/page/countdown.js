// What was sent goes in some seconds: the toast counts them, and then tells what has become of the message.
import { all, one } from "./dom.js";
import { dismissLater } from "./toasts.js";

const words = (ids) => ids.map((id) => one(`#to-${CSS.escape(id)} .tag`)?.textContent.trim()).filter(Boolean);

// Until a delivery's tag says otherwise the message is on its way.
function follow(line) {
  const ids = line.dataset.follows.split(" ").filter(Boolean);
  const waits = ids.some((id) => one(`#to-${CSS.escape(id)} .tag.wait`));
  const states = [...new Set(words(ids))].join(", ");
  line.textContent = waits || !states ? line.dataset.gone : line.dataset.state.replace("{state}", states);
}

function over(line) {
  const toast = line.closest(".toast");
  one("form", toast)?.remove();
  line.nextElementSibling.remove();
  line.removeAttribute("aria-hidden");
  delete line.dataset.countdown;
  follow(line);
  const article = one("article.read");
  if (article)
    new MutationObserver(() => follow(line)).observe(article, { childList: true, subtree: true, characterData: true });
  dismissLater();
}

for (const line of all("[data-countdown]")) {
  const ends = Date.now() + Number(line.dataset.countdown) * 1000;
  const count = () => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    if (left > 0) {
      line.textContent = line.dataset.text.replace("{seconds}", left);
      return;
    }
    clearInterval(counting);
    over(line);
  };
  const counting = setInterval(count, 250);
  line.hidden = false;
  line.nextElementSibling.classList.add("ds-sr-only");
  count();
}
