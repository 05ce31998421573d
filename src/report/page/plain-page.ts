import { checkFigures } from "../figure/check-figures";
import type { Figure } from "../figure/figure";
import { html } from "../html";
import { type PageTable, tableMarkup } from "../tables/table";
import { figureSection, figuresNeedScript, pageData } from "./figure-section";
import { commandBlock, indexFile, renderPage, section, timeMarkup } from "./page-frame";
import type { Json } from "./report-content";
import { provenanceTable } from "./report-tables";

/** What a page shows that judges no claims. */
export interface PlainPage {
  /** File stem: what its downloads are named after. */
  readonly name: string;
  readonly title: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  /** The command that makes this page. */
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
 * (`ensurePlotlyAsset`), and even without that its tables can be read.
 *
 * @throws RangeError for figures that a page cannot hold (`checkFigures`)
 */
export function renderPlainPage(page: PlainPage): string {
  const { name, title, question, command, date, figures, notes } = page;
  checkFigures(figures);
  const tables = [...page.tables, provenanceTable(page.provenance)];
  return renderPage("report", {
    title,
    header: html`<p class="question">${question}</p>
  <p class="facts">${timeMarkup(date)}</p>`,
    nav: html`<nav aria-label="Sections"><a href="${indexFile}">All claims</a> <a href="#tables">Tables</a> <a href="#figures">Figures</a></nav>
`,
    main: html`${section(
      "tables",
      "Tables",
      html`${tables.map(tableMarkup)}
  ${notes.map((note) => html`<p>${note}</p>`)}${commandBlock(command)}`,
    )}${section(
      "figures",
      "Figures",
      html`${figuresNeedScript}${figures.map((figure, i) => figureSection(figure, i + 1))}`,
    )}`,
    data: pageData(name, figures, tables),
  });
}
