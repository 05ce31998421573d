import { cellName } from "./cell-name";
import { duration } from "./estimate";
import { estimate, plural } from "./run-head";
import type { PlannedCell, RunPlan } from "./run-plan";

/** Every cell of a run with its identifier, whether it is cached and why not, and how long it should take. */
export function dryRunLines(plan: RunPlan, toDo: readonly PlannedCell[], rate: number, workers: number): string[] {
  const chosen = new Set(toDo);
  const lines = plan.cells.map((cell) => [
    String(cell.index + 1),
    cell.id,
    cell.cached !== null ? "cached" : chosen.has(cell) ? `to do, ${cell.reason}` : "left out",
    chosen.has(cell) ? duration(cell.work / rate) : "",
    cellName(cell.cell),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return [
    ...lines.map(([number, id, state, time, name]) =>
      [number!.padStart(widths[0]!), id, state!.padEnd(widths[2]!), time!.padStart(widths[3]!), name].join("  "),
    ),
    toDo.length === 0
      ? "nothing to measure"
      : `${plural(toDo.length, "cell")} to do: ${estimate(toDo, rate, workers)} with ${plural(workers, "worker")}`,
  ];
}

/** The same for machines. */
export function dryRunJson(plan: RunPlan, toDo: readonly PlannedCell[], rate: number): object {
  const chosen = new Set(toDo);
  return {
    experiment: plan.definition.name,
    run: plan.name,
    parameters: plan.parameters.values,
    cells: plan.cells.map((cell) => ({
      id: cell.id,
      setting: cell.cell,
      cached: cell.cached !== null,
      to_do: chosen.has(cell),
      reason: cell.reason,
      estimated_seconds: cell.cached === null ? cell.work / rate : 0,
    })),
  };
}
