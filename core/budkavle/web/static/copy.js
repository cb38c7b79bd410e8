// Copies the value of a field; where the browser does not allow it, the value is marked, to be copied by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
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
}
