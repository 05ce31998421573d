import { quantity, seedCount } from "../../statistics";
import { checkFigures } from "../figure/check-figures";
import type { Figure } from "../figure/figure";
import { mapFigures } from "../figure/map-figures";
import { type Html, html } from "../html";
import { tableMarkup } from "../tables/table";
import { mapAnchor, mapTable, mapTitle, type VerdictMap, whereItTurns } from "../tables/verdict-map";
import { figureSection, figuresNeedScript, pageData } from "./figure-section";
import { dataSection, runCitationMarkup } from "./onward";
import { commandBlock, indexFile, renderPage, section, timeMarkup } from "./page-frame";
import type { ReportContent } from "./report-content";
import { reportTables } from "./report-tables";
import { verdictCards } from "./verdict-cards";

/**
 * The report of a run as one HTML page; beside it only Plotly is needed (`ensurePlotlyAsset`), and even without that its
 * tables can be read. The page opens from disk and reaches for no network.
 *
 * @throws RangeError for figures that a page cannot hold (`checkFigures`) and for a link that is not relative
 */
export function renderReport(content: ReportContent): string {
  const { title, question, source, run, judgements, rows, departures, maps = [], comparison, notes = [] } = content;
  const shown = shownInOrder(content);
  const figures = shown.flatMap((one) => one.figures);
  checkFigures(figures);
  const tables = reportTables(content);
  const seeds = run.interim ? `${run.interim.doneSeeds} of ${run.interim.totalSeeds}` : rows.seeds.length;
  return renderPage("report", {
    title,
    header: html`<p class="question">${question}</p>
  <p class="muted">${source}</p>
  <p class="facts"><span>scale <strong>${run.scale}</strong></span> <span>data <strong>${run.data}</strong></span>${
    run.precision !== undefined && html` <span>precision <strong>${run.precision}</strong></span>`
  }
    <span>seeds <strong>${seeds}</strong></span> <span>${timeMarkup(run.date)}</span></p>
  ${interimBanner(run.interim)}`,
    nav: html`<nav aria-label="Sections"><a href="${indexFile}">All claims</a> <a href="#verdicts">Verdicts</a> <a href="#figures">Figures</a>
  <a href="#table">Table</a> <a href="#setup">Setup</a> <a href="#data">Data</a> <a href="#provenance">Provenance</a> <a href="#cite">Cite</a></nav>
`,
    main: html`${section(
      "verdicts",
      "Verdicts",
      html`${verdictCards(judgements, { ...run, contrasts: content.contrasts ?? [] }, maps)}${
        comparison !== undefined &&
        html`\n  <p class="comparison"><strong>Compared with the reference.</strong> ${comparison}</p>`
      }${commandBlock(run.command)}`,
    )}${section(
      "figures",
      "Figures",
      html`${figuresNeedScript}${figures.length === 0 && html`<p>None yet.</p>`}${shown.map(figuresOrMap)}`,
    )}${section("table", "Claims and verdicts", tableMarkup(tables.verdicts))}${section(
      "setup",
      "Setup",
      html`<h3>Departures from the source</h3>
  ${departures.length === 0 ? html`<p>None known.</p>` : html`<ul>${departures.map((departure) => html`<li>${departure}</li>`)}</ul>`}
  <h3>Parameters</h3>
  ${tableMarkup(tables.parameters)}
  <h3>Rows</h3>
  ${rowsSummary(content)}
  ${tableMarkup(tables.columns)}`,
    )}${dataSection(content)}${section("provenance", "Provenance", tableMarkup(tables.provenance))}${section(
      "cite",
      "Notes and citation",
      html`${notes.map((note) => html`<p>${note}</p>`)}
  <p>${confidenceOf(content)}Acceptance rules were fixed before the run. A claim
    that does not hold is a result.</p>
  <p>For the claim, cite its source (${source}). For the results on this page:</p>${runCitationMarkup(content)}`,
    )}`,
    data: pageData(run.name, figures, [...Object.values(tables), ...maps.map(mapTable)]),
  });
}

/** Figures in the order of the page, numbered; those of a map together with it. */
interface Shown {
  readonly map?: VerdictMap;
  readonly figures: readonly Figure[];
  /** Number of the first of them. */
  readonly number: number;
}

/** The figures of a report, each map after the last figure that shows its claim, else at the end. */
function shownInOrder({ figures, maps = [] }: ReportContent): Shown[] {
  const placeOf = ({ claim }: VerdictMap) => {
    const last = figures.findLastIndex(({ claims = [] }) => claims.includes(claim.id));
    return last < 0 ? figures.length - 1 : last;
  };
  const mapsAfter = (place: number) =>
    maps.filter((map) => placeOf(map) === place).map((map) => ({ map, figures: mapFigures(map) }));
  const all = [...mapsAfter(-1), ...figures.flatMap((figure, i) => [{ figures: [figure] }, ...mapsAfter(i)])];
  let number = 1;
  return all.map((one) => {
    const first = number;
    number += one.figures.length;
    return { ...one, number: first };
  });
}

function figuresOrMap({ map, figures, number }: Shown): Html {
  const sections = figures.map((figure, i) => figureSection(figure, number + i));
  if (map === undefined) return html`${sections}`;
  return html`
<details class="map" id="${mapAnchor(map)}">
  <summary>${mapTitle(map)}</summary>
  <ul>${whereItTurns(map).map((line) => html`<li>${line}</li>`)}</ul>
  ${sections}
  ${tableMarkup(mapTable(map))}
</details>`;
}

function interimBanner(interim: ReportContent["run"]["interim"]): Html | null {
  if (interim === null) return null;
  const { doneSeeds, totalSeeds } = interim;
  const done = doneSeeds === 1 ? "seed 1" : `seeds 1–${doneSeeds}`;
  return html`<p class="interim" role="status"><strong>Interim: ${done} of ${totalSeeds}.</strong>
    ${seedCount(totalSeeds - doneSeeds)} still to come; verdicts may change.</p>`;
}

/** How many rows, cells and seeds there are, and the files that hold them. */
function rowsSummary({ rows, links }: ReportContent): Html {
  const { count, seeds, cells } = rows;
  const missing = cells.total - cells.done;
  return html`
<p>${quantity(count)} rows of ${cells.done} ${cells.done === 1 ? "cell" : "cells"}; seeds ${seeds.join(", ")}.${
    missing > 0 && html` <strong>${missing} of ${cells.total} cells are missing.</strong>`
  }</p>
${links.length > 0 && html`<ul class="links">${links.map(({ label, href }) => html`<li><a href="${relativePath(href)}">${label}</a></li>`)}</ul>`}`;
}

/** Links of a report are relative, so that the folder can be moved, and lead nowhere but to files. */
function relativePath(href: string): string {
  if (/^([a-z][a-z0-9+.-]*:|[\\/])/i.test(href.trim())) throw new RangeError(`need a relative link, got "${href}"`);
  return href;
}

function confidenceOf({ judgements }: ReportContent): string {
  const levels = [...new Set(judgements.flatMap(({ effect }) => effect?.confidence ?? []))];
  const said = levels.map((level) => `${quantity(100 * level)} %`).join(" or ");
  return said === "" ? "" : `Brackets are Student's ${said} intervals of the mean over seeds. `;
}
