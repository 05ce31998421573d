/*
 * The script of a report, after theme.js, tables.js and figures.js: draws its figures, downloads and copies. It stands in
 * the page as it is (its hash is in the page's security policy), so it is plain JavaScript for browsers, and asks nothing of
 * the network.
 */
(() => {
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const root = document.documentElement;
  const { templates, config, drawAgain } = window.pageFigures;
  const printWidth = 680; // pixels of an A4 page between margins of 15 mm
  let printing = false;

  startCopies();
  startDownloads();
  startMaps();
  if (window.Plotly) startFigures();
  else {
    root.classList.add("no-plotly");
    for (const note of document.querySelectorAll("figure .no-plot")) note.hidden = false;
    for (const numbers of document.querySelectorAll("figure details")) numbers.open = true;
  }

  function startFigures() {
    drawAll();
    drawAgain(drawAll);
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

  /** A map is closed until the reader opens it, or follows a link to it; on paper maps and cards are open. */
  function startMaps() {
    const maps = [...document.querySelectorAll("details.map")];
    let opened = [];
    for (const map of maps) {
      map.addEventListener("toggle", () => {
        if (window.Plotly && map.open) for (const element of map.querySelectorAll("[data-figure]")) draw(element);
      });
    }
    const openTarget = () => {
      const map = document.getElementById(location.hash.slice(1))?.closest("details.map");
      if (map) map.open = true;
    };
    addEventListener("hashchange", openTarget);
    openTarget();
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details.map, .card details")].filter((one) => !one.open);
      for (const one of opened) one.open = true;
    });
    addEventListener("afterprint", () => {
      for (const one of opened) one.open = false;
    });
  }

  function plot(id) {
    return document.querySelector(`[data-figure="${id}"]`);
  }

  function drawAll() {
    for (const element of document.querySelectorAll("[data-figure]")) draw(element);
  }

  function draw(element) {
    const id = element.dataset.figure;
    const width = printing ? printWidth : element.clientWidth;
    if (width === 0 || element.closest("details.map:not([open])")) return; // a closed map draws when it is opened
    const { data, layout, frames } = page.figures[id];
    const height = (printing ? 380 : 440) + (frames && !printing ? 110 : 0);
    const own = {
      ...config,
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
      toImageButtonOptions: { format: "svg", filename: `${page.experiment}-${id}` },
    };
    const shown = laidOut(printing ? withoutControls(layout) : layout, width, height);
    const fitting = withFittingTexts(data, width);
    window.Plotly.react(element, { data: fitting, layout: shown, config: own, ...(frames && { frames }) });
  }

  /** A layout for a width: on a narrow screen fewer tick texts, or they would run into each other. */
  function laidOut(layout, width, height, colours = themeTemplate()) {
    const { xaxis } = layout;
    const room = xaxis.tickangle === 0 ? 20 : 14; // pixels for a text, straight or turned
    const every = xaxis.type === "category" ? Math.ceil((xaxis.ticktext.length * room) / (width - 80)) : 1;
    const texts = xaxis.ticktext?.map((text, i) => {
      if (i % every === 0 || (every === 1 && text)) return text;
      const group = text.split("<br>")[1];
      return group === undefined ? "" : ` <br>${group}`;
    });
    const own = every > 1 ? { ...xaxis, ticktext: texts } : xaxis;
    return {
      ...layout,
      template: colours,
      width,
      height,
      uirevision: "keep", // a new theme or size keeps the reader's zoom
      xaxis: withFittingTitle(own, width - 90),
      yaxis: withFittingTitle(layout.yaxis, height - 130),
    };
  }

  /** An axis whose title is broken between words where it is longer than the axis. */
  function withFittingTitle(axis, room) {
    const letters = Math.max(12, Math.floor(room / 7.5));
    const lines = axis.title.text
      .split(" ")
      .reduce(
        ([last, ...before], word) =>
          last !== "" && last.length + 1 + word.length > letters
            ? [word, last, ...before]
            : [last === "" ? word : `${last} ${word}`, ...before],
        [""],
      );
    return { ...axis, title: { ...axis.title, text: lines.reverse().join("<br>") } };
  }

  /** The texts in the cells of a heat map, or their first words alone where the cells are too narrow for them. */
  function withFittingTexts(data, width) {
    const cell = (width - 200) / (data[0]?.z?.[0].length ?? 1); // less axis and colour bar
    if (cell >= 110) return data;
    return data.map((trace) =>
      trace.meta?.role === "text" ? { ...trace, text: trace.text.map((text) => text.split(" ")[0]) } : trace,
    );
  }

  /** On paper a figure is light, whatever the screen shows. */
  function themeTemplate() {
    return templates[printing ? "light" : window.pageTheme.current()];
  }

  /** An animated figure as it stands still: without the controls of its frames. */
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
          const paper = { ...templates.light, layout: { ...templates.light.layout, paper_bgcolor: "#ffffff" } };
          const [width, height] = [900, 500];
          const figure = {
            data: withFittingTexts(data, width),
            layout: laidOut(withoutControls(layout), width, height, paper),
          };
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
})();
