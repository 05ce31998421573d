import { checkFigures } from "../figure/check-figures";
import type { Figure } from "../figure/figure";
import { figureCsv } from "../figure/figure-csv";
import { plotlyFigure } from "../figure/plotly-figure";
import { seriesStyles } from "../figure/series-style";
import { type PageTable, tableCopies, tableMarkup } from "../tables/table";
import { html, jsonMarkup, trusted } from "./html";
import { indexFile, pageFile, pageHead, plotlyAssetPath } from "./page-files";
import type { Json } from "./report-content";
import { figureSection, provenanceTable } from "./sections";

/** What a page shows that judges no claims. */
export interface PlainPage {
  /** File stem: what its downloads are named after. */
  readonly name: string;
  readonly title: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  /** The command that makes this page again. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly tables: readonly PageTable[];
  readonly figures: readonly Figure[];
  /** Remarks, one paragraph each. */
  readonly notes: readonly string[];
  /** Versions, machine, commit; nested as it comes. */
  readonly provenance: { readonly [name: string]: Json };
}

/**
 * Tables and figures as one HTML page in the manner of the reports; beside it only Plotly is needed
 * (`ensurePlotlyAsset`), and without that its tables still stand.
 *
 * @throws RangeError for figures that a page cannot hold (`checkFigures`)
 */
export function renderPlainPage(page: PlainPage): string {
  const { name, title, question, command, date, figures, notes } = page;
  checkFigures(figures);
  const tables = [...page.tables, provenanceTable(page)];
  const script = pageFile("theme.js") + pageFile("report.js");
  const styles = seriesStyles(figures);
  const data = {
    experiment: name,
    figures: Object.fromEntries(
      figures.map((figure) => [figure.id, { ...plotlyFigure(figure, styles), csv: figureCsv(figure) }]),
    ),
    tables: Object.fromEntries(tables.map((table) => [table.id, tableCopies(table)])),
  };
  return html`${pageHead(title, script, { plotly: true })}
<body>
<a class="skip" href="#tables">Skip to the tables</a>
<header>
  <div class="title-line">
    <h1>${title}</h1>
    <button type="button" id="theme" data-needs-script>Dark</button>
  </div>
  <p class="question">${question}</p>
  <p class="facts"><time datetime="${date}">${date.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}</time></p>
</header>
<nav aria-label="Sections"><a href="${indexFile}">All claims</a> <a href="#tables">Tables</a> <a href="#figures">Figures</a></nav>
<main>
<section id="tables" aria-labelledby="tables-heading">
  <h2 id="tables-heading">Tables</h2>
  ${tables.map(tableMarkup)}
  ${notes.map((note) => html`<p>${note}</p>`)}
  <p class="again">This page is made again by</p>
  <div class="command"><code id="command">${command}</code>
    <button type="button" data-copy-text="command" data-needs-script>Copy</button></div>
</section>
<section id="figures" aria-labelledby="figures-heading">
  <h2 id="figures-heading">Figures</h2>
  <noscript><p class="no-plot">Figures are drawn by a script; without it their tables remain.</p></noscript>
  ${figures.map((figure, i) => figureSection(figure, i + 1))}
</section>
</main>
<script type="application/json" id="page-data">${jsonMarkup(data)}</script>
<script src="${plotlyAssetPath}"></script>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}
