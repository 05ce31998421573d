import Table from "cli-table3";
import { createColors } from "picocolors";
import { quantity } from "../src/statistics";
import { compare, spreadText } from "./comparison";
import type { ContestResult } from "./contest";
import { remarks } from "./results";

// biome-ignore format: one line a side
const noBorder = {
  top: "", "top-mid": "", "top-left": "", "top-right": "",
  bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  ",
};

/** Lines in columns without rules, the first of them dimmed as the heading where there is colour. */
export function columnsText(rows: readonly (readonly string[])[], colour: boolean): string {
  const table = new Table({ chars: noBorder, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 } });
  const [heading = [], ...others] = rows;
  table.push(heading.map(createColors(colour).dim), ...others.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** A contest for the terminal: what each contender measured, then the goals. */
export function contestText(result: ContestResult, colour: boolean): string {
  const { contest, timings } = result;
  const paint = createColors(colour);
  const measured = timings
    .filter(({ values }) => values.length > 0)
    .map(({ name, facts, values }) => [`  ${name}`, spreadText(values, contest.unit), facts.version]);
  const goals = compare(result).map(({ goal, found, low, high, reached }) => {
    const mark = reached === null ? paint.yellow("?") : reached ? paint.green("✓") : paint.red("✗");
    if (found === null) return `  ${mark} ${goal}: cannot be told`;
    const spread = low === high ? "" : ` [${quantity(low!)}, ${quantity(high!)}]`;
    return `  ${mark} ${goal}: ${quantity(found)}${spread}`;
  });
  return [
    paint.bold(contest.what),
    ...(measured.length === 0
      ? []
      : [columnsText([["  contender", "median [least, most]", "computed by"], ...measured], colour)]),
    ...goals,
    ...remarks(result).map((remark) => `  ${paint.dim(remark)}`),
  ].join("\n");
}
