/* The script of a lesson, after theme.js: copies commands, and opens what is folded before the page is printed. */
(() => {
  for (const button of document.querySelectorAll("[data-copy-text]")) {
    button.addEventListener("click", async () => {
      const area = document.createElement("textarea"); // some browsers keep the clipboard from pages on disk
      area.value = document.getElementById(button.dataset.copyText).textContent;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      button.focus();
      button.textContent = done ? "Copied" : "Could not copy";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 1500);
    });
  }
  const figures = [...document.querySelectorAll("details.reveal")];
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = figures.filter((one) => !one.open);
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
