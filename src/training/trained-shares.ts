import { sampleRoute } from "../networks";
import { randomStream } from "../random";
import type { TrainingPlan } from "./plan";

/**
 * Share of a training's mini-batches in which each block's residual branch ran, [blocks]: its routes, drawn again from the
 * streams that the training draws them from. All ones where it draws none.
 */
export function trainedShares({ architecture, routes, seed, steps }: TrainingPlan): number[] {
  const runs = architecture.blocks.map(() => 0);
  if (routes === null) return runs.map(() => 1);
  for (let step = 0; step < steps; step++) {
    for (const { block, branch } of sampleRoute(architecture, routes, randomStream(seed, "route", step))) {
      if (branch !== "skip") runs[block]! += 1;
    }
  }
  return runs.map((count) => count / steps);
}
