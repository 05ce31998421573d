/*
 * The script of the page of all claims, after theme.js: filters the claims by verdict, and orders them. It stands in the page
 * as it is, so it is plain JavaScript for browsers.
 */
(() => {
  const filters = [...document.querySelectorAll("[data-filter]")];
  const standings = [...new Set(filters.map((item) => item.dataset.standing))];
  const groups = [...document.querySelectorAll(".group")];
  const claims = groups.flatMap((group) => [...group.querySelectorAll(".finding")]);
  const shown = document.getElementById("shown");
  const order = document.getElementById("order");
  const chosen = new Set();

  for (const item of filters) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter";
    button.setAttribute("aria-pressed", "false");
    button.append(...item.childNodes);
    item.append(button);
    button.addEventListener("click", () => {
      const wanted = item.dataset.filter;
      if (!chosen.delete(wanted)) chosen.add(wanted);
      button.setAttribute("aria-pressed", String(chosen.has(wanted)));
      show();
    });
  }
  order.addEventListener("change", arrange);
  addEventListener("hashchange", reveal);
  show();
  arrange(); // a browser may keep the choice when it reloads the page

  /** Without a chosen verdict every claim is shown. */
  function show() {
    for (const claim of claims)
      claim.hidden = chosen.size > 0 && !claim.dataset.counted.split("; ").some((one) => chosen.has(one));
    for (const group of groups) group.hidden = [...group.querySelectorAll(".finding")].every((claim) => claim.hidden);
    const visible = claims.filter((claim) => !claim.hidden).length;
    shown.textContent = chosen.size === 0 ? "" : `${visible} of ${claims.length} claims shown`;
  }

  /** Within each group: in the original order, or by verdict. */
  function arrange() {
    for (const group of groups) {
      const own = claims.filter((claim) => group.contains(claim)); // `claims` stays in the original order
      const place = (claim) => standings.indexOf(claim.dataset.standing);
      group.append(...(order.value === "verdict" ? own.sort((one, other) => place(one) - place(other)) : own));
    }
  }

  /** A link to a hidden claim shows all claims. */
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    chosen.clear();
    for (const button of document.querySelectorAll(".filter")) button.setAttribute("aria-pressed", "false");
    show();
    target.scrollIntoView();
  }
})();
