/*
 * The script of a report, after theme.js: draws its figures, sorts, downloads and copies. It is put into the page as it is
 * (its hash stands in the page's security policy), so it is plain JavaScript for browsers, and asks nothing of the network.
 */
(() => {
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const root = document.documentElement;
  const themes = { light: template("#1b1f24", "#dde2e8", "#8a939d"), dark: template("#e6e9ee", "#2f363f", "#7d8794") };
  const printWidth = 680; // pixels of an A4 page between margins of 15 mm
  let printing = false;

  window.pageTheme.onChange(drawAll);
  startTables();
  startCopies();
  startDownloads();
  if (window.Plotly) startFigures();
  else {
    root.classList.add("no-plotly");
    for (const note of document.querySelectorAll("figure .no-plot")) note.hidden = false;
    for (const numbers of document.querySelectorAll("figure details")) numbers.open = true;
  }

  /** Colours of a theme as a Plotly template; the paper shows through, so that the page's own colour is the figure's. */
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

  /** On paper a figure is light, whatever the screen shows. */
  function theme() {
    return printing ? "light" : window.pageTheme.current();
  }

  function startFigures() {
    drawAll();
    let waiting;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(drawAll, 150);
    });
    addEventListener("beforeprint", () => {
      printing = true;
      drawAll();
    });
    addEventListener("afterprint", () => {
      printing = false;
      drawAll();
    });
    for (const box of document.querySelectorAll("[data-seeds]")) {
      box.addEventListener("change", () => {
        for (const trace of page.figures[box.dataset.seeds].data) {
          if (trace.meta.role === "seed") trace.visible = box.checked;
        }
        draw(plot(box.dataset.seeds));
      });
    }
  }

  function plot(id) {
    return document.querySelector(`[data-figure="${id}"]`);
  }

  function drawAll() {
    if (!window.Plotly) return;
    for (const element of document.querySelectorAll("[data-figure]")) draw(element);
  }

  function draw(element) {
    const id = element.dataset.figure;
    const width = printing ? printWidth : element.clientWidth;
    const { data, layout, frames } = page.figures[id];
    const height = (printing ? 380 : 440) + (frames && !printing ? 110 : 0);
    const config = {
      displaylogo: false,
      showSendToCloud: false, // Plotly 4 offers an upload of the chart by default
      plotlyServerURL: "",
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
      toImageButtonOptions: { format: "svg", filename: `${page.experiment}-${id}` },
    };
    const shown = laidOut(printing ? withoutControls(layout) : layout, width, height);
    window.Plotly.react(element, { data, layout: shown, config, ...(frames && { frames }) });
  }

  /** A layout for a width: on a narrow screen fewer tick texts, or they would run into each other. */
  function laidOut(layout, width, height, colours = themes[theme()]) {
    const { xaxis } = layout;
    const every =
      xaxis.type === "category" && xaxis.tickangle === 0 ? Math.ceil((xaxis.ticktext.length * 20) / (width - 80)) : 1;
    const texts = xaxis.ticktext?.map((text, i) => {
      if (i % every === 0 || (every === 1 && text)) return text;
      const group = text.split("<br>")[1];
      return group === undefined ? "" : ` <br>${group}`;
    });
    return {
      ...layout,
      template: colours,
      width,
      height,
      uirevision: "keep", // a new theme or size keeps the reader's zoom
      xaxis: every > 1 ? { ...xaxis, ticktext: texts } : xaxis,
    };
  }

  /** A figure that moves, standing still: without what leads through its frames. */
  function withoutControls({ sliders, updatemenus, ...layout }) {
    return layout;
  }

  function startDownloads() {
    for (const button of document.querySelectorAll("[data-download]")) {
      button.addEventListener("click", async () => {
        const { of: id, download: kind } = button.dataset;
        const { data, layout, frames, csv } = page.figures[id];
        const name = `${page.experiment}-${id}`;
        if (kind === "csv") save(`${name}.csv`, csv, "text/csv");
        else if (kind === "json") {
          save(`${name}.plotly.json`, JSON.stringify({ data, layout, frames }, null, 1), "application/json");
        } else {
          const paper = { ...themes.light, layout: { ...themes.light.layout, paper_bgcolor: "#ffffff" } };
          const [width, height] = [900, 500];
          const figure = { data, layout: laidOut(withoutControls(layout), width, height, paper) };
          await window.Plotly.downloadImage(figure, {
            format: kind,
            filename: name,
            width,
            height,
            scale: kind === "png" ? 2 : 1,
          });
        }
      });
    }
  }

  function save(name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function startCopies() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => copy(page.tables[button.dataset.table][button.dataset.copy], button));
    }
    for (const button of document.querySelectorAll("[data-copy-text]")) {
      button.addEventListener("click", () =>
        copy(document.getElementById(button.dataset.copyText).textContent, button),
      );
    }
  }

  async function copy(text, button) {
    const label = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // some browsers keep the clipboard from pages on disk, but let a selection be copied
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? "Copied" : "Could not copy";
    setTimeout(() => {
      button.textContent = label;
    }, 1500);
  }

  function startTables() {
    for (const table of document.querySelectorAll("table.sortable")) {
      [...table.tHead.rows[0].cells].forEach((heading, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = heading.textContent;
        heading.replaceChildren(button);
        button.addEventListener("click", () => sort(table, column, heading));
      });
    }
  }

  function sort(table, column, heading) {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((left, right) => {
      const [a, b] = [key(left), key(right)];
      const order =
        a !== "" && b !== "" && Number.isFinite(a - b) ? a - b : a.localeCompare(b, "en", { numeric: true });
      return up ? order : -order;
    });
    body.append(...rows);
  }
})();
