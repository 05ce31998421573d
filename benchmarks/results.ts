/**
 * What a run of the suite leaves behind: timings.csv and goals.csv, the machine beside them, and a page.
 */
import path from "node:path";
import { writeFileAtomically } from "../src/base";
import {
  type Column,
  type CsvRow,
  ensurePlotlyAsset,
  type Figure,
  type Json,
  type PageTable,
  renderPlainPage,
  writeColumns,
  writeCsv,
} from "../src/report";
import { median, quantity } from "../src/statistics";
import { compare, spreadText } from "./comparison";
import type { ContestResult } from "./contest";

export interface Suite {
  readonly results: readonly ContestResult[];
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: { readonly [name: string]: Json };
}

const field = (name: string, type: Column["type"], description: string): Column => ({
  name,
  type,
  unit: "",
  description,
});
const contest = [
  field("contest", "string", "work, and network where there are several"),
  field("what", "string", "what was measured, with its sizes"),
];
const timingColumns = [
  ...contest,
  field("contender", "string", "who did it"),
  field("version", "string", "of the framework that computed"),
  field("round", "integer", "number of the round"),
  field("measured", "number", "in its unit"),
  field("unit", "string", "of what was measured"),
];
const goalColumns = [
  ...contest,
  field("goal", "string", "the goal: a ratio of two contenders, or a value of ours"),
  field("bound", "number", "of the goal"),
  field("found", "number", "median over the rounds of each round's ratio, or of the value"),
  field("low", "number", "minimum over the rounds"),
  field("high", "number", "maximum over the rounds"),
  field("reached", "boolean", "whether the median keeps the bound; empty where a side is missing or did other work"),
  field("remark", "string", "who was left out and why, and in what contenders differed"),
];

/** Writes the files of a run. @returns path of the page */
export async function writeResults(suite: Suite, folders: { results: string; reports: string }): Promise<string> {
  const timings = timingRows(suite.results);
  const goals = goalRows(suite.results);
  const folder = path.join(folders.results, "benchmarks");
  const names = (columns: readonly Column[]) => columns.map(({ name }) => name);
  await writeCsv(path.join(folder, "timings.csv"), timings, names(timingColumns));
  await writeCsv(path.join(folder, "goals.csv"), goals, names(goalColumns));
  await writeColumns(path.join(folder, "columns.json"), { timings: timingColumns, goals: goalColumns });
  // Not provenance.json, by which the page of all claims knows an experiment's run.
  writeFileAtomically(path.join(folder, "machine.json"), `${JSON.stringify(suite.machine, null, 2)}\n`);
  const page = path.join(folders.reports, "benchmarks.html");
  await ensurePlotlyAsset(folders.reports);
  writeFileAtomically(page, renderPlainPage(pageOf(suite, goals)));
  return page;
}

/** One row a turn. */
export function timingRows(results: readonly ContestResult[]): CsvRow[] {
  return results.flatMap(({ contest: { id, what, unit }, timings }) =>
    timings.flatMap(({ name, facts, values }) =>
      values.map((measured, round) => ({
        contest: id,
        what,
        contender: name,
        version: facts.version,
        round: round + 1,
        measured,
        unit,
      })),
    ),
  );
}

/** One row a goal. */
export function goalRows(results: readonly ContestResult[]): CsvRow[] {
  return results.flatMap((result) =>
    compare(result).map((comparison) => ({
      contest: result.contest.id,
      what: result.contest.what,
      ...comparison,
      remark: remarks(result).join("; "),
    })),
  );
}

/** Who was left out, who did other work, and what contenders had to say. */
export function remarks({ leftOut, differences, timings }: ContestResult): string[] {
  return [
    ...leftOut.map(({ name, reason }) => `${name}: ${reason}`),
    ...differences.map((difference) => `not the same work: ${difference}`),
    ...timings.flatMap(({ name, notes }) => [...new Set(notes)].map((note) => `${name}: ${note}`)),
  ];
}

function pageOf({ results, command, date, machine }: Suite, goals: readonly CsvRow[]) {
  return {
    name: "benchmarks",
    title: "How fast it is",
    question: headline(results),
    command,
    date,
    tables: [goalTable(goals), timingTable(results)],
    figures: timeFigures(results),
    notes: [
      "Every contender had the same number of threads, and its turn in every round. Brackets are the least and the " +
        "most of the rounds. Contenders of a contest have the same number of parameters, and find the same losses from " +
        "the same weights.",
      ...results.flatMap((result) => remarks(result).map((remark) => `${result.contest.id}: ${remark}.`)),
    ],
    provenance: machine,
  };
}

/** In one sentence what the same work takes here, over what it takes the best peer: the least and the most of each work. */
export function headline(results: readonly ContestResult[]): string {
  const shares = new Map<string, number[]>();
  for (const result of results) {
    const { id, goals } = result.contest;
    const comparisons = compare(result);
    goals.forEach((goal, i) => {
      const { found, reached } = comparisons[i]!;
      const isPeers = goal.kind !== "value" && goal.peers.some((name) => !isOwn(name));
      if (!isPeers || found === null || reached === null) return;
      const work = `${id.split("/", 1)[0]!.replaceAll("-", " ")}${id.endsWith("/bfloat16") ? " in bfloat16" : ""}`;
      shares.set(work, [...(shares.get(work) ?? []), goal.kind === "ratio" ? found : 1 / found]);
    });
  }
  if (shares.size === 0) return "No peer was measured: how long the same work takes here.";
  const parts = [...shares].map(([work, found]) => {
    const [least, most] = [Math.min(...found), Math.max(...found)].map((share) => share.toFixed(2));
    return `${work} ${least === most ? least : `${least} to ${most}`}`;
  });
  return `What the same work takes here, over what it takes the best peer: ${parts.join(", ")}.`;
}

/** Whether this is none of the frameworks that ours is compared with, but ours, or the TensorFlow.js that it builds on. */
function isOwn(name: string): boolean {
  return name.startsWith("ours") || name === "plain TensorFlow.js";
}

function goalTable(goals: readonly CsvRow[]): PageTable {
  const number = (value: CsvRow[string] | undefined) =>
    typeof value === "number" ? { text: quantity(value), sort: value } : "";
  return {
    id: "table-goals",
    caption: "What was to be reached",
    headings: ["work", "goal", "found", "low", "high", "reached"],
    rows: goals.map(({ what, goal, found, low, high, reached }) => [
      String(what),
      String(goal),
      number(found),
      number(low),
      number(high),
      reached === null ? "cannot be told" : reached ? "yes" : "no",
    ]),
  };
}

function timingTable(results: readonly ContestResult[]): PageTable {
  return {
    id: "table-timings",
    caption: "What was measured: median [least, most]",
    headings: ["work", "contender", "version", "measured", "rounds"],
    rows: results.flatMap(({ contest: { what, unit }, timings }) =>
      timings
        .filter(({ values }) => values.length > 0)
        .map(({ name, facts, values }) => [
          what,
          name,
          facts.version,
          { text: spreadText(values, unit), sort: median(values) },
          values.length,
        ]),
    ),
  };
}

/** One figure for each unit: contests along the axis, a strip for each contender. */
function timeFigures(results: readonly ContestResult[]): Figure[] {
  const names = { s: "time (s)", MB: "memory (MB)", "%": "growth (%)" };
  return (["s", "MB"] as const).flatMap((unit): Figure[] => {
    const own = results.filter(({ contest, timings }) => contest.unit === unit && timings.some(hasValues));
    if (own.length === 0) return [];
    const contenders = [...new Set(own.flatMap(({ timings }) => timings.filter(hasValues).map(({ name }) => name)))];
    return [
      {
        id: unit === "s" ? "times" : "memory",
        title: unit === "s" ? "Time of each work, by who does it" : "Memory of a training step, by who does it",
        caption: "Marks are medians over the rounds, whiskers reach from the least to the most.",
        xAxis: { label: "work", categories: own.map(({ contest }) => contest.id) },
        yAxis: { label: names[unit], scale: "log" },
        series: contenders.map((name) => ({
          name,
          kind: "points" as const,
          points: own.flatMap(({ contest, timings }) =>
            timings
              .filter((one) => one.name === name && hasValues(one))
              .map(({ values }) => ({
                x: contest.id,
                y: median(values),
                low: Math.min(...values),
                high: Math.max(...values),
              })),
          ),
        })),
      },
    ];
  });
}

function hasValues({ values }: { readonly values: readonly number[] }): boolean {
  return values.length > 0;
}
