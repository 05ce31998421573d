/**
 * How often an interval named 95 % holds what it should, over few seeds: the study by which the project's interval was chosen.
 *
 *     npx ts-node benchmarks/interval-coverage.ts [--samples 10000] [--results DIR] [--reports DIR]
 *
 * Writes `interval-coverage/intervals.csv` and `interval-coverage.html`. Equal on every run.
 */
import path from "node:path";
import { Command } from "commander";
import picocolors from "picocolors";
import { exitStatus, projectRoot, runAsProgram, writeFileAtomically } from "../src/base";
import {
  type Column,
  type CsvRow,
  ensurePlotlyAsset,
  type Figure,
  type PageTable,
  renderPlainPage,
  writeColumns,
  writeCsv,
} from "../src/report";
import { mean } from "../src/statistics";
import { methods } from "./interval-coverage/intervals";
import { type Coverage, coverage, laws, meanOf } from "./interval-coverage/simulation";
import { columnsText } from "./table";
import { wholeNumber } from "./whole-number";

/** Numbers of seeds; the rules of claims ask for five. */
const seedCounts = [3, 5, 10, 20];
/** What the four laws together, and each of them, have to reach at five seeds (%). */
const leastOnAverage = 93;
const leastOnAny = 90;

const text = (name: string, description: string): Column => ({ name, type: "string", unit: "", description });
const percent = (name: string, description: string): Column => ({ name, type: "number", unit: "%", description });
const columns: readonly Column[] = [
  text("law", "what the value of a seed is drawn from"),
  { name: "counts", type: "boolean", unit: "", description: "whether it is one of the four laws that decide" },
  { name: "seeds", type: "integer", unit: "", description: "independent values in a sample" },
  text("method", "interval of the mean of the values, named 95 %"),
  percent("covers", "share of the intervals that hold the law's mean"),
  percent("below", "share of the intervals that lie below it"),
  percent("above", "share of the intervals that lie above it"),
  { name: "width", type: "number", unit: "", description: "mean width over that of Student's t" },
];

async function main(words: readonly string[]): Promise<number> {
  const command = new Command("npx ts-node benchmarks/interval-coverage.ts")
    .description("Measures how often intervals named 95 % hold the mean, by simulation.")
    .option("--samples <n>", "samples of each law and number of seeds", wholeNumber, 10_000)
    .option("--results <dir>", "folder of the results", path.join(projectRoot, "results"))
    .option("--reports <dir>", "folder of the reports", path.join(projectRoot, "reports"));
  command.parse([...words], { from: "user" });
  const options = command.opts<{ samples: number; results: string; reports: string }>();

  const found = laws.flatMap((law) => {
    const truth = meanOf(law);
    return seedCounts.flatMap((seeds) => coverage(law, seeds, options.samples, truth));
  });
  console.log(columnsText(tableRows(found), picocolors.isColorSupported));

  const folder = path.join(path.resolve(options.results), "interval-coverage");
  const rows = found.map((one): CsvRow => ({ ...one }));
  await writeCsv(
    path.join(folder, "intervals.csv"),
    rows,
    columns.map(({ name }) => name),
  );
  await writeColumns(path.join(folder, "columns.json"), { "intervals.csv": columns });
  const reports = path.resolve(options.reports);
  await ensurePlotlyAsset(reports);
  writeFileAtomically(path.join(reports, "interval-coverage.html"), page(found, options.samples));
  return exitStatus.success;
}

function page(found: readonly Coverage[], samples: number): string {
  const [heading = [], ...rows] = tableRows(found);
  const table: PageTable = {
    id: "table-coverage",
    caption: "Share of the intervals that hold the mean (%), at five seeds",
    headings: heading,
    rows,
  };
  return renderPlainPage({
    name: "interval-coverage",
    title: "What an interval over seeds covers",
    question: "How often does an interval named 95 % hold the true mean when it is made from a few seeds?",
    command: "npx ts-node benchmarks/interval-coverage.ts",
    date: new Date().toISOString(),
    tables: [table],
    figures: [byLaw(found), bySeeds(found)],
    notes: [
      `${samples.toLocaleString("en")} samples of each law and number of seeds; the standard error of a share near 93 % is ` +
        `${(100 * Math.sqrt((0.93 * 0.07) / samples)).toFixed(1)} points. To be chosen, a method had to cover ${leastOnAverage} % on the ` +
        `average of the four laws above, and ${leastOnAny} % on any. Student's t is the narrowest that does. A value of a seed that is ` +
        "a median or a correlation is treated as any other: the interval is that of its mean over networks.",
    ],
    provenance: { samples, seedCounts: [...seedCounts] },
  });
}

/** Laws down, methods across, then their average and their width. */
function tableRows(found: readonly Coverage[]): string[][] {
  const five = found.filter(({ seeds }) => seeds === 5);
  const shares = (chosen: readonly Coverage[], of: (one: Coverage) => number, digits: number) =>
    methods.map((method) => mean(chosen.filter((one) => one.method === method).map(of)).toFixed(digits));
  const decisive = five.filter(({ counts }) => counts);
  return [
    ["five seeds", ...methods],
    ...laws.map(({ name }) => [
      name,
      ...shares(
        five.filter(({ law }) => law === name),
        ({ covers }) => covers,
        1,
      ),
    ]),
    ["average of the first four", ...shares(decisive, ({ covers }) => covers, 1)],
    ["width, over that of Student's t", ...shares(decisive, ({ width }) => width, 2)],
  ];
}

function byLaw(found: readonly Coverage[]): Figure {
  return {
    id: "coverage-by-law",
    title: "Coverage at five seeds, by what the values follow",
    caption: "Medians and correlations of each seed are values as any other.",
    xAxis: { label: "what the value of a seed follows", categories: laws.map(({ name }) => name) },
    yAxis: { label: "intervals that hold the mean (%)" },
    references: [{ y: 95, label: "nominal" }],
    series: methods.map((method) => ({
      name: method,
      kind: "points",
      points: found
        .filter((one) => one.seeds === 5 && one.method === method)
        .map(({ law, covers }) => ({ x: law, y: covers })),
    })),
  };
}

function bySeeds(found: readonly Coverage[]): Figure {
  const at = (method: string, seeds: number) =>
    mean(found.filter((one) => one.counts && one.seeds === seeds && one.method === method).map(({ covers }) => covers));
  return {
    id: "coverage-by-seeds",
    title: "Coverage by the number of seeds, on the average of the four laws",
    caption: "Normal, log-normal, t with three degrees of freedom, and beta(2, 60).",
    xAxis: { label: "seeds", scale: "log" },
    yAxis: { label: "intervals that hold the mean (%)" },
    references: [{ y: 95, label: "nominal" }],
    series: methods.map((method) => ({
      name: method,
      kind: "line",
      points: seedCounts.map((seeds) => ({ x: seeds, y: at(method, seeds) })),
    })),
  };
}

void runAsProgram(main);
