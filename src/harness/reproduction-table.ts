import { sum } from "../statistics";
import { duration, secondsLeft, worksInOrder } from "./estimate";
import type { PreparedRun } from "./run";
import { about, plural } from "./run-head";

/** What is to do for each experiment, in the order in which they run, then for all of them. */
export function surveyLines(runs: readonly PreparedRun[]): string[] {
  const seconds = secondsOfRuns(runs);
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
      run.toDo.length === 0 ? "" : duration(seconds[index]!),
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

/** Work of each run's cells when the runs follow one another: a network that several ask for is trained in the first. */
export function worksOfRuns(runs: readonly PreparedRun[]): number[][] {
  const trained = new Set(runs.flatMap(({ stored }) => [...stored]));
  return runs.map(({ toDo }) => {
    const works = worksInOrder(toDo, trained);
    for (const { network } of toDo) if (network !== null) trained.add(network.id);
    return works;
  });
}

/** Expected wall time of each run when they follow one another. */
export function secondsOfRuns(runs: readonly PreparedRun[]): number[] {
  const works = worksOfRuns(runs);
  return runs.map(({ rate, placements }, i) => secondsLeft([], works[i]!, rate, placements.length));
}

function totalLines(runs: readonly PreparedRun[]): string[] {
  const measuring = runs.filter(({ toDo }) => toDo.length > 0);
  if (measuring.length === 0) return ["nothing to measure: verdicts and reports are made anew"];
  const cells = sum(measuring.map(({ toDo }) => toDo.length));
  const workers = Math.max(...measuring.map(({ placements }) => placements.length));
  const seconds = sum(secondsOfRuns(runs));
  const known = measuring.filter(({ speed, plan }) => speed.knows(plan.definition.name)).length;
  const before = `${known === measuring.length ? "" : `${known} of `}${plural(measuring.length, "experiment")} as fast as before`;
  return [
    `${plural(cells, "cell")} to do: ${about(seconds)} with ${plural(workers, "worker")}`,
    `  counted on: ${before} on this machine${known === measuring.length ? "" : ", the others by their work, a rough guess"};`,
    "  a network that several experiments use counts for the first of them, which trains it",
  ];
}
