/* The theme that a reader chose on any page of the site holds on TypeDoc's pages, and the other way round. */
(() => {
  const key = "cnn-findings-theme";
  const box = document.getElementById("tsd-theme");
  try {
    const chosen = localStorage.getItem(key);
    if (box && (chosen === "light" || chosen === "dark") && box.value !== chosen) {
      box.value = chosen;
      box.dispatchEvent(new Event("change"));
    }
    box?.addEventListener("change", () => {
      if (box.value === "os") localStorage.removeItem(key);
      else localStorage.setItem(key, box.value);
    });
  } catch {
    // a browser without storage keeps the system's theme
  }
})();
