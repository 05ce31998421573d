import { duration } from "./estimate";
import type { PreparedRun } from "./run";
import { about, estimatedSeconds, plural } from "./run-head";

/** What is to do for each experiment, in the order in which they run, then for all of them. */
export function surveyLines(runs: readonly PreparedRun[]): string[] {
  const header = ["", "experiment", "claims", "data", "cells", "cached", "to do", "time"];
  const rows = runs.map((run, index) => {
    const { definition, data, cells } = run.plan;
    return [
      String(index + 1),
      definition.name,
      definition.claims.map(({ id }) => id).join(", "),
      data?.name ?? "its own",
      String(cells.length),
      String(cells.filter(({ cached }) => cached !== null).length),
      String(run.toDo.length),
      run.toDo.length === 0 ? "" : duration(secondsOf(run)),
    ];
  });
  const toRight = [true, false, false, false, true, true, true, true];
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const lines = [header, ...rows].map((row) =>
    row
      .map((text, column) => (toRight[column] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...totalLines(runs)];
}

/** Expected wall time of a run. */
export function secondsOf({ toDo, rate, placements }: PreparedRun): number {
  return estimatedSeconds(toDo, rate, placements.length);
}

function totalLines(runs: readonly PreparedRun[]): string[] {
  const measuring = runs.filter(({ toDo }) => toDo.length > 0);
  if (measuring.length === 0) return ["nothing to measure: verdicts and reports are made anew"];
  const cells = sum(measuring.map(({ toDo }) => toDo.length));
  const workers = Math.max(...measuring.map(({ placements }) => placements.length));
  const seconds = sum(measuring.map(secondsOf));
  const known = measuring.filter(({ speed, plan }) => speed.knows(plan.definition.name)).length;
  const before = `${known === measuring.length ? "" : `${known} of `}${plural(measuring.length, "experiment")} as fast as before`;
  return [
    `${plural(cells, "cell")} to do: ${about(seconds)} with ${plural(workers, "worker")}`,
    `  counted on: ${before} on this machine${known === measuring.length ? "" : ", the others by their work, a rough guess"};`,
    "  a network that several experiments use counts for each of them, but is trained once",
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
