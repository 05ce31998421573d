import type { Condition, Judgement, Verdict } from "../../claims";
import { intervalNumbers, quantity, seedCount } from "../../statistics";
import type { Figure, HeatMap, SeriesFigure } from "../figure/figure";
import { hiddenPoints } from "../figure/plotly-figure";
import type { PageTable } from "../tables/table";
import { outcomeMarks, verdictMarks } from "../tables/terminal";
import { type Html, html } from "./html";
import type { Json, PaperContent, ReportContent } from "./report-content";

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

/** The parameters of the run; those set otherwise than the scale has them are marked by a word. */
export function parameterTable({ parameters, run }: Pick<PaperContent, "parameters" | "run">): PageTable {
  return {
    id: "table-parameters",
    caption: `Parameters of the run, beside those of the scale "${run.scale}"`,
    headings: ["parameter", "value", "default of the scale", "unit", "description"],
    rows: parameters.map(({ name, value, default: usual, unit, description }) => {
      const changed = JSON.stringify(value) !== JSON.stringify(usual);
      const text = jsonText(value);
      return [
        name,
        changed ? { text, shown: html`<strong>${text}</strong> <span class="muted">(changed)</span>` } : text,
        jsonText(usual),
        unit,
        description,
      ];
    }),
  };
}

/** What the run's rows hold. */
export function columnTable({ columns }: Pick<PaperContent, "columns">): PageTable {
  return {
    id: "table-columns",
    caption: "Columns of rows.csv",
    headings: ["column", "type", "unit", "description"],
    rows: columns.map(({ name, type, unit, description }) => [name, type, unit, description]),
  };
}

/** Where the figures come from: nested values by their path, `tensorflow.version`. */
export function provenanceTable({ provenance }: Pick<PaperContent, "provenance">): PageTable {
  return {
    id: "table-provenance",
    caption: "What determined the results",
    headings: ["what", "value"],
    rows: flattened(provenance).map(([path, value]) => [path, value]),
  };
}

export function departureList({ departures }: ReportContent): Html {
  if (departures.length === 0) return html`<p>None known.</p>`;
  return html`<ul>${departures.map((departure) => html`<li>${departure}</li>`)}</ul>`;
}

/** How many rows, cells and seeds there are, and the files that hold them. */
export function rowsSummary({ rows, links }: ReportContent): Html {
  const { count, seeds, cells } = rows;
  const missing = cells.total - cells.done;
  return html`
<p>${quantity(count)} rows of ${cells.done} ${cells.done === 1 ? "cell" : "cells"}; seeds ${seeds.join(", ")}.${
    missing > 0 && html` <strong>${missing} of ${cells.total} cells are missing.</strong>`
  }</p>
${links.length > 0 && html`<ul class="links">${links.map(({ label, href }) => html`<li><a href="${relativePath(href)}">${label}</a></li>`)}</ul>`}`;
}

function flattened(value: Json, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null || isPlainList(value)) return [[path, jsonText(value)]];
  const entries = Object.entries(value as { readonly [name: string]: Json });
  if (entries.length === 0) return path === "" ? [] : [[path, "none"]];
  return entries.flatMap(([name, inner]) => flattened(inner, path === "" ? name : `${path}.${name}`));
}

function isPlainList(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

function jsonText(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && isPlainList(value)) return value.length === 0 ? "none" : value.map(jsonText).join(", ");
  return JSON.stringify(value);
}

/** Links of a report are relative, so that the folder can be moved, and lead nowhere but to files. */
function relativePath(href: string): string {
  if (/^([a-z][a-z0-9+.-]*:|[\\/])/i.test(href.trim())) throw new RangeError(`need a relative link, got "${href}"`);
  return href;
}

const outcomeWords: Readonly<Record<Condition["outcome"], string>> = {
  holds: "holds",
  fails: "fails",
  undecided: "undecided",
};

/** One card a claim: the verdict, the effect with its interval, the paper's figure beside it, the rule and its parts. */
export function verdictCards(judgements: readonly Judgement[]): Html {
  return html`<div class="cards">${judgements.map(verdictCard)}</div>`;
}

function verdictCard({ claim, verdict, effect, conditions, reason }: Judgement): Html {
  const [estimate, interval] = effectTexts(effect, claim.unit);
  return html`
<article class="card" id="claim-${claim.id}" aria-labelledby="claim-${claim.id}-statement">
  <p class="card-head"><span class="claim-id">${claim.id}</span> ${verdictBadge(verdict)}</p>
  <h3 id="claim-${claim.id}-statement">${claim.statement}</h3>
  <dl class="figures">
    <div>
      <dt>This run</dt>
      <dd><span class="estimate">${estimate}</span> <span class="muted">${interval}</span></dd>
    </div>
    <div>
      <dt>The paper</dt>
      <dd>${claim.paperValue}</dd>
    </div>
  </dl>
  <ul class="conditions">${conditions.map(
    ({ text, found, outcome }) => html`
    <li class="${outcome}"><span class="mark" aria-hidden="true">${outcomeMarks[outcome]}</span>
      <span>${text}: <strong>${found}</strong> <span class="muted">(${outcomeWords[outcome]})</span></span></li>`,
  )}
  </ul>
  <p class="reason">${reason}</p>
  <p class="muted small"><strong>Rule.</strong> ${claim.rule}<br><strong>Measured by.</strong> ${claim.measuredBy}<br><strong>Source.</strong> ${claim.source}</p>
</article>`;
}

/** Sign, word and colour of a verdict: any two of them suffice. */
export function verdictBadge(verdict: Verdict): Html {
  const kind = verdict.replace(" ", "-");
  return html`<span class="badge ${kind}"><span aria-hidden="true">${verdictMarks[verdict]}</span> ${verdict}</span>`;
}

/** The verdicts as one table, to sort and to copy. */
export function verdictTable(judgements: readonly Judgement[]): PageTable {
  return {
    id: "table-verdicts",
    caption: "Every claim of this report with its rule, effect and verdict",
    headings: ["claim", "statement", "rule", "effect [interval]", "seeds", "the paper's figure", "verdict"],
    rows: judgements.map(({ claim, verdict, effect }) => [
      claim.id,
      claim.statement,
      claim.rule,
      { text: intervalNumbers(effect, claim.unit), sort: effect.estimate },
      effect.count,
      claim.paperValue,
      { text: verdict, shown: verdictBadge(verdict) },
    ]),
  };
}

/** The estimate with its unit, and the interval with what it is; both with the same decimals. */
function effectTexts(effect: Judgement["effect"], unit: string): [string, string] {
  const [estimate = "", borders] = intervalNumbers(effect, unit).split(" [");
  if (borders === undefined) return [estimate, "one seed: no interval"];
  return [
    estimate,
    `[${borders}, ${quantity(100 * effect.confidence)} % bootstrap interval over ${seedCount(effect.count)}`,
  ];
}
