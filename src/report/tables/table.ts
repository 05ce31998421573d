import { type Html, type HtmlValue, html } from "../page/html";
import type { PaperContent } from "../page/report-content";
import { columnTable, parameterTable, provenanceTable, verdictTable } from "../page/sections";
import { latexTable } from "../paper/latex";
import { csvText } from "./csv";

/** A table of the page: cells are text; a cell may be shown otherwise and sort by a number. */
export interface PageTable {
  /** Anchor, and key of its copies in the page's data. */
  readonly id: string;
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Cell = string | number | { readonly text: string; readonly shown?: Html; readonly sort?: number };

/** The table with its copy buttons; the first cell of a row is its heading. */
export function tableMarkup({ id, caption, headings, rows }: PageTable): Html {
  return html`
<div class="table" id="${id}">
  <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="sortable">
      <caption>${caption}</caption>
      <thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (row) => html`
        <tr>${row.map((cell, column) => cellMarkup(cell, column === 0))}</tr>`,
      )}
      </tbody>
    </table>
  </div>
  <p class="actions" data-needs-script>
    <button type="button" data-copy="csv" data-table="${id}">Copy as CSV</button>
    <button type="button" data-copy="latex" data-table="${id}">Copy as LaTeX</button>
  </p>
</div>`;
}

/** What the copy buttons copy. */
export function tableCopies({ headings, rows }: PageTable): { csv: string; latex: string } {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "object" ? cell.text : String(cell))));
  return {
    csv: csvText(
      rows.map((row) => Object.fromEntries(headings.map((heading, i) => [heading, cellValue(row[i] ?? "")]))),
      headings,
    ),
    latex: latexTable(headings, texts),
  };
}

function cellMarkup(cell: Cell, isHeading: boolean): HtmlValue {
  const { text, shown, sort } =
    typeof cell === "object" ? cell : { text: String(cell), shown: undefined, sort: undefined };
  const order = typeof cell === "number" ? cell : sort;
  const attributes = [
    order !== undefined && html` data-sort="${order}"`,
    typeof cell === "number" && html` class="number"`,
  ];
  return isHeading
    ? html`<th scope="row"${attributes}>${shown ?? text}</th>`
    : html`<td${attributes}>${shown ?? text}</td>`;
}

function cellValue(cell: Cell): string | number {
  return typeof cell === "object" ? cell.text : cell;
}

/** The tables of a report, on its page and in a paper. */
export function reportTables(
  content: PaperContent,
): Record<"verdicts" | "parameters" | "columns" | "provenance", PageTable> {
  return {
    verdicts: verdictTable(content.judgements),
    parameters: parameterTable(content),
    columns: columnTable(content),
    provenance: provenanceTable(content),
  };
}
