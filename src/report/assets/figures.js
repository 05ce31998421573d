/*
 * What pages with figures share, after theme.js: Plotly's settings, its colours in each theme, and when to draw again.
 */
window.pageFigures = (() => {
  const templates = {
    light: template("#1b1f24", "#dde2e8", "#8a939d"),
    dark: template("#e6e9ee", "#2f363f", "#7d8794"),
  };
  const config = {
    displaylogo: false,
    showSendToCloud: false, // Plotly 4 offers an upload of the chart by default
    plotlyServerURL: "",
  };
  return { templates, config, drawAgain };

  /** Calls back when the theme changes, and when the window has got another size. */
  function drawAgain(draw) {
    let waiting;
    window.pageTheme.onChange(draw);
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(draw, 150);
    });
  }

  /** Colours of a theme as a Plotly template; the page shows through, so that its own colour is the figure's. */
  function template(ink, grid, axis) {
    const lines = {
      gridcolor: grid,
      linecolor: axis,
      zerolinecolor: axis,
      tickcolor: axis,
      showline: true,
      ticks: "outside",
    };
    return {
      layout: {
        font: { color: ink, family: "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", size: 13 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: lines,
        yaxis: lines,
        shapedefaults: { line: { color: axis } },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: axis, activecolor: ink },
        sliderdefaults: { bgcolor: grid, bordercolor: axis, tickcolor: axis, activebgcolor: axis },
        updatemenudefaults: { bgcolor: "rgba(0,0,0,0)", bordercolor: axis },
      },
    };
  }
})();
