import Table from "cli-table3";
import picocolors from "picocolors";
import { asOnFinding, type Judgement, type Verdict } from "../../claims";
import { seedCount } from "../../statistics";
import { wrapText } from "../html";
import { effectText, outcomeMarks, rangeText, verdictMarks } from "./verdicts";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Columns of the terminal; at least 60 are used. */
  readonly width: number;
}

// biome-ignore format: one line a side
const noBorder = {
  top: "", "top-mid": "", "top-left": "", "top-right": "",
  bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: " ",
};

/**
 * The verdicts as a table for the terminal: verdict, effect with its interval, the paper's value beside it, then the
 * statement and each condition with what was found.
 *
 * @returns lines no wider than the width, without a newline at the end; plain text unless `colour`
 */
export function renderVerdicts(judgements: readonly Judgement[], { colour, width }: TerminalOptions): string {
  if (judgements.length === 0) return "no claim judged";
  const paint = picocolors.createColors(colour);
  const paints: Readonly<Record<ReturnType<typeof asOnFinding<Verdict>>, (text: string) => string>> = {
    reproduced: paint.green,
    partly: paint.yellow,
    "not reproduced": paint.red,
    inconclusive: paint.cyan,
    "not testable here": paint.cyan,
  };
  const usable = Math.max(60, width);
  const [claimWidth, verdictWidth] = [5, 19];
  const effects = judgements.map(({ claim, effect }) =>
    effect === null ? effectText(effect) : `${effectText(effect, claim.unit)} (${seedCount(effect.count)})`,
  );
  // 3: the spaces between columns; the paper's value wraps, so it gets the width that the effects leave, but at least 16
  const longest = Math.max(...effects.map((text) => text.length), "effect [interval]".length);
  const effectWidth = Math.min(longest, usable - claimWidth - verdictWidth - 3 - 16);
  const paperWidth = usable - claimWidth - verdictWidth - effectWidth - 3;
  const table = new Table({
    chars: noBorder,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths: [claimWidth, verdictWidth, effectWidth, paperWidth],
    wordWrap: true,
  });
  table.push(["claim", "verdict", "effect [interval]", "paper"].map((heading) => paint.dim(heading)));
  judgements.forEach(({ claim, verdict, conditions, preconditions, sentence, range, reason }, i) => {
    table.push([
      paint.bold(claim.id),
      paints[asOnFinding(verdict)](`${verdictMarks[verdict]} ${verdict}`),
      effects[i]!,
      printable(claim.paperValue),
    ]);
    // A row for each line: for a cell of several, the table's library takes time with the square of its length. It counts the
    // widths of the columns that a cell spans, but not the spaces between them, and would break a wider line once more.
    const detail = (text: string, indent = "", colour: (line: string) => string = String) => {
      for (const line of wrapText(printable(text), verdictWidth + effectWidth + paperWidth, indent).split("\n"))
        table.push(["", { colSpan: 3, content: colour(line) }]);
    };
    detail(`${claim.statement}${claim.postHoc ? " (post hoc)" : ""}`);
    detail(sentence, "", paint.bold);
    for (const { text, found, outcome } of [...preconditions, ...conditions])
      detail(`${outcomeMarks[outcome]} ${text}: ${found}`, "  ");
    if (!["reproduced", "not reproduced"].includes(asOnFinding(verdict))) detail(reason, "", paint.dim);
    if (range !== "") detail(rangeText(verdict, range), "", paint.dim);
  });
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Text without control characters: an escape sequence in a name must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
