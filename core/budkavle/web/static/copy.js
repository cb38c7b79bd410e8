// Copies a text or the value of a field; where the browser does not allow it, it is marked, to be copied by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
  const copied = document.getElementById(button.dataset.copies);
  button.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    if (copied.select) copied.select();
    else getSelection().selectAllChildren(copied);
    try {
      await navigator.clipboard.writeText(copied.value ?? copied.textContent);
      document.querySelector("[data-copied]").textContent = button.dataset.said;
    } catch {
      copied.focus();
    }
  });
}
