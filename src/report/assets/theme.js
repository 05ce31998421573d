/*
 * The theme of a page, first in its script: light or dark as the reader's system prefers, until the reader chooses. The choice
 * is kept for all pages. `window.pageTheme` tells the rest of the script the current theme, and when it changes.
 */
window.pageTheme = (() => {
  const root = document.documentElement;
  const darkPreferred = matchMedia("(prefers-color-scheme: dark)");
  const key = "cnn-findings-theme";
  const button = document.getElementById("theme");
  const listeners = [];
  let chosen = stored();

  root.classList.add("scripted");
  if (chosen) root.dataset.theme = chosen;
  button.addEventListener("click", () => {
    chosen = current() === "dark" ? "light" : "dark";
    root.dataset.theme = chosen;
    try {
      localStorage.setItem(key, chosen);
    } catch {
      // a browser without storage for files can still switch
    }
    show();
  });
  darkPreferred.addEventListener("change", show);
  show();
  return { current, onChange: (listener) => listeners.push(listener) };

  function current() {
    return chosen ?? (darkPreferred.matches ? "dark" : "light");
  }

  function show() {
    button.textContent = current() === "dark" ? "Light theme" : "Dark theme";
    for (const listener of listeners) listener();
  }

  function stored() {
    try {
      const kept = localStorage.getItem(key);
      return kept === "light" || kept === "dark" ? kept : undefined;
    } catch {
      return undefined;
    }
  }
})();
