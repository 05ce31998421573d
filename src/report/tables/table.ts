import { type Html, type HtmlValue, html } from "../html";
import { csvText } from "./csv";
import { latexTable } from "./latex";

/** A table of a page, with its copies as CSV and LaTeX. */
export interface PageTable {
  /** Anchor, and key of its copies in the page's data. */
  readonly id: string;
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A cell is text or a number; text may be shown as markup, and sort by a number. */
export type Cell = string | number | { readonly text: string; readonly shown?: Html; readonly sort?: number };

/** The table with its copy buttons; the first cell of a row is its heading. */
export function tableMarkup({ id, caption, headings, rows }: PageTable): Html {
  return html`
<div class="table" id="${id}">${scrollingTable({
    label: caption,
    caption,
    headings,
    rows: rows.map((row) => row.map((cell, column) => cellMarkup(cell, column === 0))),
  })}
  <p class="actions" data-needs-script>
    <button type="button" data-copy="csv" data-table="${id}">Copy as CSV</button>
    <button type="button" data-copy="latex" data-table="${id}">Copy as LaTeX</button>
  </p>
</div>`;
}

/**
 * The element itself, which scrolls where it is wider than the page.
 *
 * @param table `label` names the region that scrolls; `rows` hold the cells of each row, as elements; a `tall` table scrolls
 * upward, too; `sortable` by default
 */
export function scrollingTable(table: {
  readonly label: string;
  readonly caption?: string;
  readonly headings: readonly string[];
  readonly rows: readonly HtmlValue[];
  readonly tall?: boolean;
  readonly sortable?: boolean;
}): Html {
  const { label, caption, headings, rows, tall = false, sortable = true } = table;
  return html`
  <div class="scroll${tall && " tall"}" tabindex="0" role="region" aria-label="${label}">
    <table${sortable && html` class="sortable"`}>${
      caption !== undefined &&
      html`
      <caption>${caption}</caption>`
    }
      <thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (cells) => html`
        <tr>${cells}</tr>`,
      )}
      </tbody>
    </table>
  </div>`;
}

/** What the copy buttons copy. */
export function tableCopies({ headings, rows }: PageTable): { csv: string; latex: string } {
  const plain = rows.map((row) => row.map((cell) => (typeof cell === "object" ? cell.text : cell)));
  return {
    csv: csvText(
      plain.map((row) => Object.fromEntries(headings.map((heading, i) => [heading, row[i] ?? ""]))),
      headings,
    ),
    latex: latexTable(
      headings,
      plain.map((row) => row.map(String)),
    ),
  };
}

function cellMarkup(cell: Cell, isHeading: boolean): Html {
  const { text, shown, sort } =
    typeof cell === "object"
      ? { shown: undefined, sort: undefined, ...cell }
      : { text: String(cell), shown: undefined, sort: undefined };
  const order = typeof cell === "number" ? cell : sort;
  const attributes = [
    order !== undefined && html` data-sort="${order}"`,
    typeof cell === "number" && html` class="number"`,
  ];
  return isHeading
    ? html`<th scope="row"${attributes}>${shown ?? text}</th>`
    : html`<td${attributes}>${shown ?? text}</td>`;
}
