import { quantity } from "../../statistics";
import { hiddenText } from "../figure/check-figures";
import type { Figure, HeatMap, SeriesFigure } from "../figure/figure";
import { figureCsv } from "../figure/figure-csv";
import { plotlyFigure } from "../figure/plotly-figure";
import { seriesStyles } from "../figure/series-style";
import { type Html, html } from "../html";
import { type PageTable, scrollingTable, tableCopies } from "../tables/table";

/** What the script of a report draws, downloads and copies. @param name what its downloads are named after */
export function pageData(name: string, figures: readonly Figure[], tables: readonly PageTable[]): unknown {
  const styles = seriesStyles(figures);
  return {
    experiment: name,
    figures: Object.fromEntries(
      figures.map((figure) => [figure.id, { ...plotlyFigure(figure, styles), csv: figureCsv(figure) }]),
    ),
    tables: Object.fromEntries(tables.map((table) => [table.id, tableCopies(table)])),
  };
}

/** What a reader without scripts is told in place of the figures. */
export const figuresNeedScript = html`<noscript><p class="no-plot">Figures need JavaScript; their tables do not.</p></noscript>`;

/** A figure of the page: the finding, the plot, its caption, its files, and its numbers as a table. */
export function figureSection(figure: Figure, number: number): Html {
  const { id, title, caption, numbers, series = [] } = figure;
  const hidden = hiddenText(figure);
  const hasSeeds = series.some(({ seeds = [] }) => seeds.length > 0);
  return html`
<figure id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-caption">
  <h3 id="${id}-title">${title}</h3>
  <div class="plot" data-figure="${id}" role="group" aria-label="${title}. ${caption}"></div>
  <p class="no-plot" hidden>This figure could not be drawn because <code>assets/plotly.js</code> is not beside this page.
    Its numbers are in the table below.</p>
  <figcaption id="${id}-caption"><strong>Figure ${number}.</strong> ${caption}${
    hidden !== "" && html` <strong>${hidden}</strong>`
  }</figcaption>
  <p class="actions" data-needs-script>
    ${hasSeeds && html`<label><input type="checkbox" data-seeds="${id}"> Individual seeds</label>`}
    <button type="button" data-download="csv" data-of="${id}">CSV</button>
    <button type="button" data-download="svg" data-of="${id}" data-needs-plotly>SVG</button>
    <button type="button" data-download="png" data-of="${id}" data-needs-plotly>PNG</button>
    <button type="button" data-download="json" data-of="${id}">Plotly specification</button>
  </p>
  <details class="numbers">
    <summary>${numbers === undefined ? "Data" : "Numbers and data"} of figure ${number}</summary>${
      numbers !== undefined &&
      html`
    <p>${numbers}</p>`
    }
    ${scrollingTable({ ...(figure.matrix ? matrixTable(figure) : seriesTable(figure)), label: `Data: ${title}`, caption: title, tall: true })}
  </details>
</figure>`;
}

interface NumbersTable {
  readonly headings: readonly string[];
  /** Cells of each row. */
  readonly rows: readonly Html[][];
}

function seriesTable({ xAxis, yAxis, series, areaLabel, frames }: SeriesFigure): NumbersTable {
  const areas = areaLabel === undefined ? [] : [areaLabel];
  const moving = frames === undefined ? [] : [frames];
  return {
    headings: [
      "series",
      ...moving.map(({ label }) => label),
      xAxis.label,
      yAxis.label,
      "low",
      "high",
      ...areas,
      "note",
    ],
    rows: series.flatMap(({ name, published, points }) =>
      points.map(({ x, y, low, high, area, label, note, frame }) => [
        html`<th scope="row">${label ?? name}${published && html` <span class="muted">(published)</span>`}</th>`,
        ...moving.map((all) => valueCell(all.names[frame!])),
        valueCell(x, xAxis.years),
        ...[y, low, high].map((value) => valueCell(value, yAxis.years)),
        ...areas.map(() => valueCell(area)),
        html`<td>${note}</td>`,
      ]),
    ),
  };
}

function matrixTable({ xAxis, yAxis, matrix: { x, y, values, label }, lines }: HeatMap): NumbersTable {
  const cells = values.flatMap((row, i) => row.map((value, j) => [x[j], y[i], value]));
  if (lines === undefined)
    return {
      headings: [xAxis.label, yAxis.label, label],
      rows: cells.map((row) => row.map((value) => valueCell(value))),
    };
  const drawn = lines.flatMap(({ name, points }) => points.map((point) => [point.x, point.y, null, name]));
  return {
    headings: [xAxis.label, yAxis.label, label, "line"],
    rows: [...cells.map((row) => [...row, null]), ...drawn].map((row) => row.map((value) => valueCell(value))),
  };
}

function valueCell(value: number | string | null | undefined, isYear = false): Html {
  if (typeof value !== "number") return html`<td>${value}</td>`;
  return html`<td class="number" data-sort="${value}" title="${value}">${isYear ? value : quantity(value)}</td>`;
}
