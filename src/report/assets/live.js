/*
 * The script of the page of a run in progress, after theme.js and figures.js: takes the news that its server sends, puts them
 * into the page and draws the curves. Its policy lets it ask nobody but that server.
 */
(() => {
  const { templates, config, drawAgain } = window.pageFigures;
  const source = new EventSource(`events${location.search}`);
  const lost = document.getElementById("lost");
  let figures = {};

  source.addEventListener("open", () => {
    lost.hidden = true;
  });
  source.addEventListener("error", () => {
    lost.hidden = false; // the browser tries again by itself
  });
  source.addEventListener("parts", (event) => {
    const { title, parts } = JSON.parse(event.data);
    document.title = title;
    for (const [name, markup] of Object.entries(parts)) document.getElementById(`part-${name}`).innerHTML = markup;
  });
  source.addEventListener("figures", (event) => {
    figures = JSON.parse(event.data);
    drawAll();
  });
  drawAgain(drawAll);

  function drawAll() {
    if (!window.Plotly) return;
    const plots = [...document.querySelectorAll("[data-figure]")];
    const drawable = plots.filter((plot) => (figures[plot.dataset.figure]?.data.length ?? 0) > 0);
    document.getElementById("no-curves").hidden = drawable.length > 0;
    for (const plot of plots) plot.parentElement.hidden = !drawable.includes(plot);
    for (const plot of drawable) draw(plot, figures[plot.dataset.figure]); // only now do they have their widths
  }

  function draw(plot, { data, layout }) {
    const size = { width: plot.clientWidth, height: 380 };
    const template = templates[window.pageTheme.current()];
    window.Plotly.react(
      plot,
      data,
      { ...layout, ...size, template, uirevision: "keep" }, // news keep the reader's zoom
      { ...config, displayModeBar: false },
    );
  }
})();
