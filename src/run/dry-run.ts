import { cellName } from "./cell-name";
import { duration } from "./estimate";
import { estimate, plural } from "./run-head";
import type { PlannedCell, RunPlan } from "./run-plan";

/** What there is to do, and at which pace. */
export interface DryRun {
  readonly plan: RunPlan;
  readonly toDo: readonly PlannedCell[];
  /** Of each of them. */
  readonly works: readonly number[];
  /** Work a second of one worker. */
  readonly rate: number;
}

/** Every cell of a run with its identifier, whether it is cached and why not, and how long it should take. */
export function dryRunLines({ plan, toDo, works, rate, workers }: DryRun & { readonly workers: number }): string[] {
  const workOf = new Map(toDo.map((cell, i) => [cell, works[i]!]));
  const lines = plan.cells.map((cell) => [
    String(cell.index + 1),
    cell.id,
    cell.cached !== null ? "cached" : workOf.has(cell) ? `to do, ${cell.reason}` : "left out",
    workOf.has(cell) ? duration(workOf.get(cell)! / rate) : "",
    cellName(cell.cell),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return [
    ...lines.map(([number, id, state, time, name]) =>
      [number!.padStart(widths[0]!), id, state!.padEnd(widths[2]!), time!.padStart(widths[3]!), name].join("  "),
    ),
    toDo.length === 0
      ? "nothing to measure"
      : `${plural(toDo.length, "cell")} to do: ${estimate(works, rate, workers)} with ${plural(workers, "worker")}`,
  ];
}

/** The same for machines. */
export function dryRunJson({ plan, toDo, works, rate }: DryRun): object {
  const workOf = new Map(toDo.map((cell, i) => [cell, works[i]!]));
  return {
    experiment: plan.definition.name,
    run: plan.name,
    parameters: plan.parameters.values,
    cells: plan.cells.map((cell) => ({
      id: cell.id,
      setting: cell.cell,
      cached: cell.cached !== null,
      to_do: workOf.has(cell),
      reason: cell.reason,
      estimated_seconds: (workOf.get(cell) ?? 0) / rate,
    })),
  };
}
