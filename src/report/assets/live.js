/*
 * The script of the page of a run under way, after theme.js: takes the news that its server sends, puts them into the page
 * and draws the curves. Like the other pages it runs under a policy that lets it ask nobody but that server.
 */
(() => {
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
  window.pageTheme.onChange(drawAll);
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });

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
    window.Plotly.react(
      plot,
      data,
      { ...layout, ...size, template: template(), uirevision: "keep" }, // news keep the reader's zoom
      { displaylogo: false, showSendToCloud: false, plotlyServerURL: "", displayModeBar: false },
    );
  }

  /** The colours of the page's own text and lines, as its style sheet gives them to the theme. */
  function template() {
    const ink = getComputedStyle(document.body).color;
    const line = getComputedStyle(document.querySelector("h2")).borderBottomColor;
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line, showline: true };
    return {
      layout: {
        font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 13 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis,
        yaxis: axis,
      },
    };
  }
})();
