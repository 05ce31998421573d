/*
 * The script of the front page, after theme.js and tables.js: searches, filters and sorts the claims, and keeps what is asked
 * for in the address ("#verdict=partly&group=E"), so that it can be linked. It stands in the page as it is, so it is plain
 * JavaScript for browsers.
 */
(() => {
  const table = document.getElementById("table-findings");
  const columns = [...table.tHead.rows[0].cells].map((heading) => heading.textContent);
  const rows = [...table.tBodies[0].rows]; // in the original order
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const search = document.getElementById("search");
  const chips = [...document.querySelectorAll("[data-verdict]")];
  const selects = ["group", "scale", "kind"].map((name) => [name, document.getElementById(`filter-${name}`)]);
  const shown = document.getElementById("shown");
  const reset = document.getElementById("reset");

  for (const chip of chips)
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(!isOn(chip)));
      keep();
    });
  search.addEventListener("input", keep);
  for (const [, select] of selects) select.addEventListener("change", keep);
  reset.addEventListener("click", () => {
    read("");
    keep();
    search.focus();
  });
  table.addEventListener("sorted", keep);
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => document.getElementById("audit")?.setAttribute("open", ""));
  follow();

  function isOn(chip) {
    return chip.getAttribute("aria-pressed") === "true";
  }

  /** What is asked for, as it stands in the address. */
  function asked() {
    const state = new URLSearchParams();
    const verdicts = chips.filter(isOn).map((chip) => chip.dataset.verdict);
    if (verdicts.length > 0) state.set("verdict", verdicts.join(","));
    for (const [name, select] of selects) if (select.value !== "") state.set(name, select.value);
    if (search.value.trim() !== "") state.set("search", search.value.trim());
    const sorted = [...table.tHead.rows[0].cells].findIndex((heading) => heading.hasAttribute("aria-sort"));
    const direction = table.tHead.rows[0].cells[sorted]?.getAttribute("aria-sort");
    if (sorted > 0 || direction === "descending") state.set("sort", `${columns[sorted]},${direction}`);
    return state.toString();
  }

  function keep() {
    const state = asked();
    history.replaceState(null, "", state === "" ? location.pathname + location.search : `#${state}`);
    show();
  }

  /** Sets all controls as an address says; what it does not name, or does not know, asks for nothing. */
  function read(text) {
    const state = new URLSearchParams(text);
    const verdicts = (state.get("verdict") ?? "").split(",");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(verdicts.includes(chip.dataset.verdict)));
    for (const [name, select] of selects) {
      const wanted = state.get(name) ?? "";
      select.value = [...select.options].some(({ value }) => value === wanted) ? wanted : "";
    }
    search.value = state.get("search") ?? "";
    const [column, direction] = (state.get("sort") ?? "").split(/,(?=[a-z]+$)/);
    const place = Math.max(0, columns.indexOf(column));
    window.pageTables.sort(table, place, place === 0 ? direction !== "descending" : direction === "ascending");
  }

  /** An address names filters, or a place on the page: that is shown, whatever hides it. */
  function follow() {
    const hash = location.hash.slice(1);
    const target = hash.includes("=") ? null : document.getElementById(hash); // identifiers here are plain letters
    if (target === null) read(hash.includes("=") ? hash : "");
    else if (target.closest("tr")?.hidden) read("");
    show();
    if (target === null) return;
    target.closest("details:not([open])")?.setAttribute("open", "");
    if (target.matches("tr")) target.querySelector("details").open = true;
    target.scrollIntoView();
  }

  function show() {
    const state = new URLSearchParams(asked());
    const words = (state.get("search") ?? "").toLowerCase().split(/\s+/);
    const wanted = chips.filter(isOn).map((chip) => chip.dataset.verdict);
    const fits = (row) =>
      words.every((word) => texts.get(row).includes(word)) &&
      selects.every(([name, select]) => select.value === "" || row.dataset[name] === select.value);
    const fitting = rows.filter(fits); // whatever the verdict, so that a chip says how many it would show
    for (const row of rows) row.hidden = true;
    const visible = fitting.filter((row) => wanted.length === 0 || wanted.includes(row.dataset.standing));
    for (const row of visible) row.hidden = false;
    for (const chip of chips)
      chip.querySelector(".count").textContent = fitting.filter(
        (row) => row.dataset.standing === chip.dataset.verdict,
      ).length;
    shown.textContent = `${visible.length} of ${rows.length} claims shown`;
    state.delete("sort");
    reset.hidden = state.toString() === "";
  }
})();
