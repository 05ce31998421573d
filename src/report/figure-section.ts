import { quantity } from "../statistics";
import type { Figure, HeatMap, SeriesFigure } from "./figure";
import { type Html, html } from "./html";
import { hiddenPoints } from "./plotly-figure";

/** A figure of the page: the finding, the plot, its caption, its files, and its numbers as a table. */
export function figureSection(figure: Figure, number: number): Html {
  const { id, title, caption, series = [] } = figure;
  const hidden = hiddenText(figure);
  const hasSeeds = series.some(({ seeds = [] }) => seeds.length > 0);
  return html`
<figure id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-caption">
  <h3 id="${id}-title">${title}</h3>
  <div class="plot" data-figure="${id}" role="img" aria-label="${title}. ${caption}"></div>
  <p class="no-plot" hidden>The figure could not be drawn, for <code>assets/plotly.js</code> is not beside this page.
    Its numbers stand in the table below.</p>
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
  <details>
    <summary>Numbers of figure ${number}</summary>
    ${numbersTable(figure)}
  </details>
</figure>`;
}

/** What a figure cannot show, and where it stands instead; empty where it shows everything. */
export function hiddenText(figure: Figure): string {
  const hidden = hiddenPoints(figure);
  if (hidden === 0) return "";
  const one = hidden === 1;
  return figure.matrix
    ? `${hidden} ${one ? "cell is" : "cells are"} left blank: ${one ? "its value has" : "their values have"} no place on ` +
        `the scale of colours; the table has ${one ? "it" : "them"}.`
    : `${hidden} ${one ? "point is" : "points are"} at or below zero and cannot be drawn on a logarithmic axis; the table ` +
        `has ${one ? "it" : "them"}.`;
}

function numbersTable(figure: Figure): Html {
  const { title } = figure;
  const { headings, rows } = figure.matrix ? matrixTable(figure) : seriesTable(figure);
  return html`
    <div class="scroll tall" tabindex="0" role="region" aria-label="Numbers of: ${title}">
      <table class="sortable">
        <caption>${title}</caption>
        <thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
        <tbody>${rows.map(
          (cells) => html`
        <tr>${cells}</tr>`,
        )}
        </tbody>
      </table>
    </div>`;
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
        ...moving.map(({ names }) => valueCell(names[frame!])),
        ...[x, y, low, high, ...areas.map(() => area)].map(valueCell),
        html`<td>${note}</td>`,
      ]),
    ),
  };
}

function matrixTable({ xAxis, yAxis, matrix: { x, y, values, label }, lines }: HeatMap): NumbersTable {
  const cells = values.flatMap((row, i) => row.map((value, j) => [x[j], y[i], value]));
  if (lines === undefined)
    return { headings: [xAxis.label, yAxis.label, label], rows: cells.map((row) => row.map(valueCell)) };
  const drawn = lines.flatMap(({ name, points }) => points.map((point) => [point.x, point.y, null, name]));
  return {
    headings: [xAxis.label, yAxis.label, label, "line"],
    rows: [...cells.map((row) => [...row, null]), ...drawn].map((row) => row.map(valueCell)),
  };
}

function valueCell(value: number | string | null | undefined): Html {
  if (typeof value !== "number") return html`<td>${value}</td>`;
  return html`<td class="number" data-sort="${value}" title="${value}">${quantity(value)}</td>`;
}
