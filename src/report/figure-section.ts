import { quantity } from "../statistics";
import type { Figure, Point } from "./figure";
import { type Html, html } from "./html";
import { hiddenPoints } from "./plotly-figure";

/** A figure of the page: the finding, the plot, its caption, its files, and its numbers as a table. */
export function figureSection(figure: Figure, number: number): Html {
  const { id, title, caption, series } = figure;
  const hidden = hiddenPoints(figure);
  const hasSeeds = series.some(({ seeds = [] }) => seeds.length > 0);
  return html`
<figure id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-caption">
  <h3 id="${id}-title">${title}</h3>
  <div class="plot" data-figure="${id}" role="img" aria-label="${title}. ${caption}"></div>
  <p class="no-plot" hidden>The figure could not be drawn, for <code>assets/plotly.js</code> is not beside this page.
    Its numbers stand in the table below.</p>
  <figcaption id="${id}-caption"><strong>Figure ${number}.</strong> ${caption}${
    hidden > 0 &&
    html` <strong>${hidden} ${hidden === 1 ? "point is" : "points are"} at or below zero and cannot be drawn on a
      logarithmic axis; the table has ${hidden === 1 ? "it" : "them"}.</strong>`
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

function numbersTable({ title, xAxis, yAxis, series }: Figure): Html {
  const rows = series.flatMap(({ name, points }) =>
    points.map(
      (point) => html`
        <tr><th scope="row">${name}</th>${[point.x, point.y, point.low, point.high].map(valueCell)}<td>${point.note}</td></tr>`,
    ),
  );
  return html`
    <div class="scroll tall" tabindex="0" role="region" aria-label="Numbers of: ${title}">
      <table class="sortable">
        <caption>${title}</caption>
        <thead><tr>${["series", xAxis.label, yAxis.label, "low", "high", "note"].map(
          (heading) => html`<th scope="col">${heading}</th>`,
        )}</tr></thead>
        <tbody>${rows}
        </tbody>
      </table>
    </div>`;
}

function valueCell(value: Point["x"] | undefined): Html {
  if (typeof value !== "number") return html`<td>${value}</td>`;
  return html`<td class="number" data-sort="${value}" title="${value}">${quantity(value)}</td>`;
}
