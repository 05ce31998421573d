import { quantity, seedCount } from "../../statistics";
import { checkFigures } from "../figure/check-figures";
import { figureCsv } from "../figure/figure-csv";
import { plotlyFigure } from "../figure/plotly-figure";
import { seriesStyles } from "../figure/series-style";
import { reportTables, tableCopies, tableMarkup } from "../tables/table";
import { type Html, html, jsonMarkup, trusted } from "./html";
import { indexFile, pageFile, pageHead, plotlyAssetPath } from "./page-files";
import type { ReportContent } from "./report-content";
import { departureList, figureSection, rowsSummary, verdictCards } from "./sections";

/**
 * The report of a run as one HTML page; beside it only Plotly is needed (`ensurePlotlyAsset`), and without that its
 * tables still stand. The page opens from disk and reaches for no network.
 *
 * @throws RangeError for figures that a page cannot hold (`checkFigures`) and for a link that is not relative
 */
export function renderReport(content: ReportContent): string {
  const { title, question, source, run, judgements, figures } = content;
  checkFigures(figures);
  const tables = reportTables(content);
  const script = pageFile("theme.js") + pageFile("report.js");
  return html`${pageHead(title, script, { plotly: true })}
<body>
<a class="skip" href="#verdicts">Skip to the verdicts</a>
<header>
  <div class="title-line">
    <h1>${title}</h1>
    <button type="button" id="theme" data-needs-script>Dark</button>
  </div>
  <p class="question">${question}</p>
  <p class="muted">${source}</p>
  <p class="facts"><span>scale <strong>${run.scale}</strong></span> <span>data <strong>${run.data}</strong></span>
    <span>seeds <strong>${run.interim ? `${run.interim.doneSeeds} of ${run.interim.totalSeeds}` : content.rows.seeds.length}</strong></span>
    <span><time datetime="${run.date}">${run.date.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}</time></span></p>
  ${interimBanner(run.interim)}
</header>
<nav aria-label="Sections"><a href="${indexFile}">All claims</a> <a href="#verdicts">Verdicts</a> <a href="#figures">Figures</a>
  <a href="#table">Table</a> <a href="#setup">Setup</a> <a href="#provenance">Provenance</a> <a href="#cite">Cite</a></nav>
<main>
<section id="verdicts" aria-labelledby="verdicts-heading">
  <h2 id="verdicts-heading">Verdicts</h2>
  ${verdictCards(judgements)}
  <p class="again">This page is made again by</p>
  <div class="command"><code id="command">${run.command}</code>
    <button type="button" data-copy-text="command" data-needs-script>Copy</button></div>
</section>
<section id="figures" aria-labelledby="figures-heading">
  <h2 id="figures-heading">Figures</h2>
  <noscript><p class="no-plot">Figures are drawn by a script; without it their tables remain.</p></noscript>
  ${figures.length === 0 && html`<p>None yet.</p>`}
  ${figures.map((figure, i) => figureSection(figure, i + 1))}
</section>
<section id="table" aria-labelledby="table-heading">
  <h2 id="table-heading">Claims and verdicts</h2>
  ${tableMarkup(tables.verdicts)}
</section>
<section id="setup" aria-labelledby="setup-heading">
  <h2 id="setup-heading">Setup</h2>
  <h3>Departures from the source</h3>
  ${departureList(content)}
  <h3>Parameters</h3>
  ${tableMarkup(tables.parameters)}
  <h3>Rows</h3>
  ${rowsSummary(content)}
  ${tableMarkup(tables.columns)}
</section>
<section id="provenance" aria-labelledby="provenance-heading">
  <h2 id="provenance-heading">Provenance</h2>
  ${tableMarkup(tables.provenance)}
</section>
<section id="cite" aria-labelledby="cite-heading">
  <h2 id="cite-heading">Notes and citation</h2>
  ${(content.notes ?? []).map((note) => html`<p>${note}</p>`)}
  <p>Brackets are ${confidenceOf(content)} bootstrap intervals over seeds. Rules were fixed before the run. A claim that does
    not hold is a result.</p>
  <p>Cite the source of a claim (${source}) for the claim, and this project (its <code>CITATION.cff</code>) with the
    experiment <code>${run.name}</code>, its scale and the commit above for the figures of this page.</p>
</section>
</main>
<script type="application/json" id="page-data">${jsonMarkup(pageData(content, Object.values(tables)))}</script>
<script src="${plotlyAssetPath}"></script>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

/** What the page's script draws, downloads and copies. */
function pageData({ figures, run }: ReportContent, tables: readonly Parameters<typeof tableCopies>[0][]): unknown {
  const styles = seriesStyles(figures);
  return {
    experiment: run.name,
    figures: Object.fromEntries(
      figures.map((figure) => [figure.id, { ...plotlyFigure(figure, styles), csv: figureCsv(figure) }]),
    ),
    tables: Object.fromEntries(tables.map((table) => [table.id, tableCopies(table)])),
  };
}

function interimBanner(interim: ReportContent["run"]["interim"]): Html | null {
  if (interim === null) return null;
  const { doneSeeds, totalSeeds } = interim;
  const done = doneSeeds === 1 ? "seed 1" : `seeds 1–${doneSeeds}`;
  return html`<p class="interim" role="status"><strong>Interim: ${done} of ${totalSeeds}.</strong>
    ${seedCount(totalSeeds - doneSeeds)} still to come; verdicts may change.</p>`;
}

function confidenceOf({ judgements }: ReportContent): string {
  const levels = [...new Set(judgements.map(({ effect }) => effect.confidence))];
  return levels.map((level) => `${quantity(100 * level)} %`).join(" or ");
}
