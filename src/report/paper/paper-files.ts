import { capitalised } from "../../base";
import { bibtex, publicationsCitedIn } from "../../claims";
import { checkFigures, hiddenText } from "../figure/check-figures";
import type { Figure } from "../figure/figure";
import { figureCsv } from "../figure/figure-csv";
import { mapFigures } from "../figure/map-figures";
import { runCitation } from "../page/onward";
import type { PaperContent } from "../page/report-content";
import { reportTables } from "../page/report-tables";
import { latexText } from "../tables/latex";
import { type PageTable, tableCopies } from "../tables/table";
import { mapTable, whereItTurns } from "../tables/verdict-map";
import { macroName, resultMacros } from "./latex-macros";

/**
 * The files that take a run into a paper, except its drawn figures (`drawFigures`): texts by file name.
 *
 * | file                                         | what it is                                                      |
 * |----------------------------------------------|-----------------------------------------------------------------|
 * | `<figure>-caption.tex`, `<figure>.csv`       | the caption of a figure, and its data                           |
 * | `table-<table>.tex`, `.csv`, `-caption.tex`  | a table of the report in LaTeX and as CSV, and its caption      |
 * | `macros.tex`                                 | effects and verdicts as LaTeX commands (`resultMacros`)         |
 * | `references.bib`                             | the publications cited by claims, captions and series; the run   |
 * | `example.tex`                                | a document that uses all of these                               |
 *
 * @param run name of the run, after which the commands of macros.tex are named
 * @throws RangeError for figures that no page can hold, and for two effects with the same name
 */
export function paperFiles(content: PaperContent, run: string): ReadonlyMap<string, string> {
  const { judgements, maps = [] } = content;
  const figures = paperFigures(content);
  checkFigures(figures);
  const tables = [...Object.values(reportTables(content)), ...maps.map(mapTable)];
  // The title of a map over one parameter says where it turns; of the others the caption does.
  const turns = new Map(
    maps
      .filter(({ parameters }) => parameters.length > 1)
      .flatMap((map) => mapFigures(map).map(({ id }) => [id, whereItTurns(map).map(asSentence).join(" ")])),
  );
  return new Map([
    ...figures.flatMap((figure) => {
      const caption = [figureCaption(figure), turns.get(figure.id) ?? "", shownFor(content)]
        .filter((text) => text !== "")
        .join(" ");
      return [
        [`${figure.id}-caption.tex`, captionFile(caption)] as const,
        [`${figure.id}.csv`, figureCsv(figure)] as const,
      ];
    }),
    ...tables.flatMap((table) => {
      const { csv, latex } = tableCopies(table);
      return [
        [`${table.id}.tex`, latex] as const,
        [`${table.id}.csv`, csv] as const,
        [`${table.id}-caption.tex`, captionFile(sentence(table.caption))] as const,
      ];
    }),
    ["macros.tex", resultMacros(run, judgements, content.run)],
    [
      "references.bib",
      `${bibtex(publicationsCitedIn(citingTexts(content).join("\n")))}\n${runCitation(content).bibtex}`,
    ],
    ["example.tex", exampleDocument({ ...content, figures }, run, tables)],
  ]);
}

/** The figures of a run for a paper, those of its maps behind the others. */
export function paperFigures({ figures, maps = [] }: Pick<PaperContent, "figures" | "maps">): Figure[] {
  return [...figures, ...maps.flatMap(mapFigures)];
}

/** On which data, and at which scale: a figure in a paper stands without its page. */
function shownFor({ run: { data, scale } }: PaperContent): string {
  return `Data: ${data}; scale: ${scale}.`;
}

/** A figure's caption in a paper: the finding, then what is plotted. */
function figureCaption(figure: Figure): string {
  return [sentence(figure.title), figure.caption, hiddenText(figure)].filter((text) => text !== "").join(" ");
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A line of `whereItTurns`; the name of a parameter keeps its first letter small. */
function asSentence(line: string): string {
  return sentence(line.replace(/^(with|reproduced|partly|not|inconclusive) /, capitalised));
}

/** The whole command: LaTeX cannot read a file within a caption. */
function captionFile(text: string): string {
  return `\\caption{${latexText(text)}}\n`;
}

/** All texts that may cite a publication. */
function citingTexts({ source, judgements, figures }: PaperContent): string[] {
  return [
    source,
    ...judgements.flatMap(({ claim }) => [claim.source, claim.paperValue]),
    ...figures.flatMap(({ caption, series = [], references = [] }) => [
      caption,
      ...series.map(({ name }) => name),
      ...references.map(({ label }) => label),
    ]),
  ];
}

function exampleDocument(
  { title, figures, judgements }: PaperContent,
  run: string,
  tables: readonly PageTable[],
): string {
  const results = judgements.map(({ claim, effect }) => {
    const name = `\\${macroName(run, claim.effectName)}`;
    const unit = claim.unit === "" || effect === null ? "" : ` ${name}Unit{}`;
    const interval = effect !== null && effect.count > 1 ? ` [${name}Low, ${name}High]` : "";
    const keys = publicationsCitedIn(claim.source).map(({ key }) => key);
    const cited = keys.length === 0 ? "" : `~\\cite{${keys.join(",")}}`;
    return (
      `\\item[${claim.id}] ${latexText(claim.statement)}${cited} ` +
      `\\emph{${capitalised(latexText(claim.effectName))}:} ${name}{}${unit}${interval}, ` +
      `seeds: ${name}Seeds{}. \\textbf{${name}Verdict}.`
    );
  });
  return [
    "% All results of this folder in one document:",
    "% pdflatex example && bibtex example && pdflatex example && pdflatex example",
    "% Letters that pdflatex lacks stand by their numbers in Unicode: [U+0416].",
    "\\documentclass{article}",
    "\\usepackage[a4paper,textwidth=178mm,textheight=250mm]{geometry}",
    "\\usepackage{array,booktabs,graphicx}",
    "\\input{macros}",
    "\\setlength{\\belowcaptionskip}{6pt}", // of a table's caption, which stands above
    "\\begin{document}",
    `\\section*{${latexText(title)}}`,
    ...(results.length === 0 ? [] : ["\\begin{description}", ...results, "\\end{description}"]),
    "\\nocite{*}",
    "\\bibliographystyle{plain}",
    "\\bibliography{references}",
    "\\clearpage",
    ...figures.flatMap(({ id }) => [
      "\\begin{figure}[!htbp]",
      "  \\centering",
      `  \\includegraphics{${id}}`,
      `  \\input{${id}-caption}`,
      `  \\label{fig:${id}}`,
      "\\end{figure}",
    ]),
    "\\clearpage",
    ...tables.flatMap(({ id, rows }) => [
      "\\begin{table}[!htbp]",
      `  \\input{${id}-caption}`,
      `  \\label{tab:${id}}`,
      rows.length > 40 ? "  \\scriptsize" : "  \\footnotesize",
      `  \\input{${id}}`,
      "\\end{table}",
    ]),
    "\\end{document}",
    "",
  ].join("\n");
}
