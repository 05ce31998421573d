/*
 * The tables of a page, after theme.js: a click on a heading sorts by its column. `window.pageTables.sort` does so for the rest
 * of the script, which hears of a click by the table's event "sorted".
 */
window.pageTables = (() => {
  const given = new Map(); // rows in their original order
  for (const table of document.querySelectorAll("table.sortable")) {
    given.set(table, [...table.tBodies[0].rows]);
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        sort(table, column, heading.getAttribute("aria-sort") !== "ascending");
        table.dispatchEvent(new Event("sorted"));
      });
    });
  }
  return { sort };

  /** Rows that are equal in a column stand in their original order; empty cells stay behind. */
  function sort(table, column, up) {
    const headings = table.tHead.rows[0].cells;
    for (const heading of headings) heading.removeAttribute("aria-sort");
    headings[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
    const rows = [...given.get(table)].sort((left, right) => {
      const [a, b] = [key(left), key(right)];
      if (a === "" || b === "") return Number(a === "") - Number(b === "");
      const order = Number.isFinite(a - b) ? a - b : a.localeCompare(b, "en", { numeric: true });
      return up ? order : -order;
    });
    table.tBodies[0].append(...rows);
  }
})();
