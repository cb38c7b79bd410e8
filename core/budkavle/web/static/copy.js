// Copies a link; where the browser does not allow it, the link is marked, to be copied by hand.
const button = document.querySelector("[data-copies]");
const field = document.getElementById(button.dataset.copies);
button.removeAttribute("hidden");
button.addEventListener("click", async () => {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    document.querySelector("[data-copied]").textContent = button.dataset.said;
  } catch {
    field.focus();
  }
});
