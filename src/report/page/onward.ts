/** For those who go on with a run's data: how pandas and R read its rows, where its figures are drawn, and how to cite it. */
import { capitalised } from "../../base";
import { type Html, html } from "../html";
import type { Column } from "../tables/columns";
import { latexText } from "../tables/latex";
import { section } from "./page-frame";
import type { FirstLook, PaperContent, ReportContent } from "./report-content";

/** Programs that read a run's rows.csv, and print a first look at it. */
export interface DataSnippets {
  readonly pandas: string;
  readonly r: string;
}

/** pandas' nullable types, which keep a whole number whole where others are missing. */
const pandasTypes: Readonly<Record<Column["type"], string>> = {
  string: "string",
  integer: "Int64",
  number: "float64",
  boolean: "boolean",
};

/** A whole number may be as large as a count of paths, which R's integers do not hold. */
const rTypes: Readonly<Record<Column["type"], string>> = {
  string: "character",
  integer: "numeric",
  number: "numeric",
  boolean: "logical",
};

/**
 * Snippets for pandas and for R that read rows.csv from the folder in which they are started. The type of every column is
 * given, since guesses go wrong where a column is empty in most rows; an empty field alone counts as missing, so that the
 * text "NA" stays a text.
 *
 * @param look numbers of rows by seed where there is none
 * @throws RangeError for a look at columns that are not there, at a median of what is no number, or without groups
 */
export function dataSnippets(columns: readonly Column[], look?: FirstLook): DataSnippets {
  if (look !== undefined) requireColumns(look, columns);
  const types = (quoted: Readonly<Record<Column["type"], string>>, assign: string) =>
    columns
      .map(({ name, type }) => `    ${assign === ":" ? quote(name) : name}${assign} "${quoted[type]}",`)
      .join("\n");
  return {
    pandas: `import pandas as pd

rows = pd.read_csv(
  "rows.csv",
  keep_default_na=False,
  na_values=[""],
  dtype={
${types(pandasTypes, ":")}
  },
)
${look === undefined ? `print(rows.groupby("seed").size())` : pandasLook(look)}
`,
    r: `rows <- read.csv(
  "rows.csv",
  na.strings = "",
  fileEncoding = "UTF-8",
  colClasses = c(
${types(rTypes, " =").replace(/,$/, "")}
  )
)
${look === undefined ? "print(table(rows$seed))" : rLook(look)}
`,
  };
}

function requireColumns({ median, by, where = {} }: FirstLook, columns: readonly Column[]): void {
  for (const name of [median, ...by, ...Object.keys(where)]) {
    if (columns.every((column) => column.name !== name))
      throw new RangeError(`a first look at "${name}", which is no column`);
  }
  const { type } = columns.find(({ name }) => name === median)!;
  if (type !== "number" && type !== "integer")
    throw new RangeError(`the median of "${median}", a column of type ${type}`);
  if (by.length === 0) throw new RangeError(`the medians of "${median}" need a column that tells groups apart`);
}

function pandasLook({ median, by, where = {} }: FirstLook): string {
  const conditions = Object.entries(where).map(
    ([name, one]) => `(rows[${quote(name)}] == ${literal(one!, ["False", "True"])})`,
  );
  const chosen = conditions.length === 0 ? "" : `chosen = rows[${conditions.join(" & ")}]\n`;
  return `${chosen}print(${chosen === "" ? "rows" : "chosen"}.groupby([${by.map(quote).join(", ")}])[${quote(median)}].median())`;
}

function rLook({ median, by, where = {} }: FirstLook): string {
  const conditions = Object.entries(where).map(([name, one]) => `${name} == ${literal(one!, ["FALSE", "TRUE"])}`);
  const chosen = conditions.length === 0 ? "rows" : `subset(rows, ${conditions.join(" & ")})`;
  return `print(aggregate(${median} ~ ${by.join(" + ")}, data = ${chosen}, FUN = median))`;
}

/** A value as a literal of Python or of R. @param truth how the language writes what is false, and what is true */
function literal(value: string | number | boolean, truth: readonly [string, string]): string {
  if (typeof value === "boolean") return truth[Number(value)]!;
  return typeof value === "string" ? quote(value) : String(value);
}

/** A text as a literal of Python and of R. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}

/** What a citation of a run names. */
export type CitedRun = Pick<PaperContent, "title" | "provenance"> & {
  readonly run: Pick<ReportContent["run"], "name" | "scale" | "data" | "date">;
};

/** A run as a reference, in words and as an entry of BibTeX. */
export interface RunCitation {
  /** Stays the same when the run is measured again: "cnn-findings-block-deletion-quick-mnist". */
  readonly key: string;
  readonly text: string;
  readonly bibtex: string;
}

const project = "cnn-findings";
const author = "The cnn-findings maintainers";

/** How to cite a run: the project with its version and revision, the experiment, its scale, data and day. */
export function runCitation({ title, run: { name, scale, data, date }, provenance }: CitedRun): RunCitation {
  const { commit, dirty, version } = codeOf(provenance);
  const revision = commit === null ? null : `${commit.slice(0, 12)}${dirty ? " (changed)" : ""}`;
  const day = date.slice(0, 10);
  const key = ["cnn-findings", name, scale, data]
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const what = `experiment ${name}, scale ${scale}, data: ${data}`;
  const fields: readonly (readonly [string, string])[] = [
    ["author", `{${author}}`], // braces: BibTeX takes it for one name
    ["title", `{${latexText(`${title} (${project}: ${name})`)}}`],
    ["year", day.slice(0, 4)],
    ["month", String(Number(day.slice(5, 7)))],
    [
      "note",
      latexText(
        `${version === null ? "" : `Version ${version}; `}${version === null ? capitalised(what) : what}; ${revision === null ? "" : `revision ${revision}; `}measured ${day}`,
      ),
    ],
  ];
  return {
    key,
    text: `${author} (${day.slice(0, 4)}). ${title}. ${project}${version === null ? "" : ` ${version}`}${revision === null ? "" : `, revision ${revision}`}; ${what}; measured ${day}.`,
    bibtex: `@misc{${key},\n${fields.map(([field, value]) => `  ${field} = {${value}}`).join(",\n")}\n}\n`,
  };
}

/** The code that a run was made with, as far as its provenance tells. */
function codeOf(provenance: PaperContent["provenance"]) {
  const code = provenance.code;
  const told: Readonly<Record<string, unknown>> =
    typeof code === "object" && code !== null && !Array.isArray(code)
      ? (code as Readonly<Record<string, unknown>>)
      : {};
  return {
    commit: typeof told.commit === "string" && told.commit !== "unknown" ? told.commit : null,
    dirty: told.dirty === true,
    version: typeof told.version === "string" && told.version !== "unknown" ? told.version : null,
  };
}

/** The section of a report for those who go on with its data. */
export function dataSection({ columns, firstLook, figuresIn, links }: ReportContent): Html {
  const { pandas, r } = dataSnippets(columns, firstLook);
  const file = links.find(({ label }) => label === "rows.csv");
  return section(
    "data",
    "Go on with the data",
    html`<p>Every measurement is a row of ${
      file === undefined ? html`<code>rows.csv</code>` : html`<a href="${file.href}">rows.csv</a>`
    }, whose columns are described under <a href="#setup">Setup</a>. Started in its folder, these read it and print ${
      firstLook === undefined
        ? "how many rows each seed has"
        : html`the median of <code>${firstLook.median}</code> by ${firstLook.by.map(
            (name, i) => html`${i > 0 && " and "}<code>${name}</code>`,
          )}`
    }.</p>
  ${copiedText("pandas", "snippet-pandas", pandas)}${copiedText("R", "snippet-r", r)}${
    figuresIn !== undefined &&
    html`
  <p>The figures of this page are drawn by <code>figures</code> in <a href="${figuresIn.href}">${figuresIn.label}</a>.</p>`
  }`,
  );
}

/** How to cite the run, as a part of a section. */
export function runCitationMarkup(cited: CitedRun): Html {
  const { text, bibtex } = runCitation(cited);
  return html`
  <p id="citation">${text}</p>
  ${copiedText("BibTeX", "run-bibtex", bibtex)}`;
}

/** A text of several lines with a button that copies it. */
function copiedText(heading: string, id: string, text: string): Html {
  return html`
  <div class="snippet"><h3>${heading}</h3>
    <button type="button" data-copy-text="${id}" data-needs-script aria-label="Copy: ${heading}">Copy</button>
    <pre tabindex="0" role="region" aria-label="${heading}"><code id="${id}">${text}</code></pre></div>`;
}
