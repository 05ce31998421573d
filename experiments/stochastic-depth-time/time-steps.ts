/** Timing of single training steps with all blocks, some of them and none. */
import type { Measuring } from "../../src/experiment";
import { disposeNetwork, keepsShape, linearSurvival, uniformSurvival } from "../../src/networks";
import { createTrainer, type PreparedImages, type TrainingPlan } from "../../src/training";

/** With `no block` all are there and none runs; with `none to skip` only those that change the shape are there. */
export const kinds = ["constant depth", "stochastic depth", "no block", "none to skip"] as const;
export type Kind = (typeof kinds)[number];

/**
 * Times steps of all kinds by turns, so that all meet the same load.
 *
 * @param plan of constant depth; its steps are those run of each kind, the first `warmUpSteps` of them not timed
 * @returns one row for each timed step, times in seconds
 */
export async function timeSteps(
  run: Measuring,
  plan: TrainingPlan,
  images: PreparedImages,
  { lastSurvival, warmUpSteps }: { readonly lastSurvival: number; readonly warmUpSteps: number },
) {
  const trainers = plansOf(plan, lastSurvival).map(({ kind, plan: own }) => ({
    kind,
    blocks: own.architecture.blocks.length,
    trainer: createTrainer(own, images),
  }));
  const rows = [];
  try {
    for (let round = 0; round < plan.steps; round++) {
      for (const turn of trainers.keys()) {
        const { kind, blocks, trainer } = trainers[(round + turn) % trainers.length]!; // none is always first
        const start = performance.now();
        const { blocksRun } = trainer.step(round);
        const end = performance.now();
        trainer.optimiser.step(new Map(), 0);
        const optimiserEnd = performance.now();
        if (round < warmUpSteps) continue;
        rows.push({
          kind,
          step: round - warmUpSteps + 1,
          blocks_run: blocksRun,
          blocks_skipped: blocks - blocksRun,
          step_seconds: (end - start) / 1000,
          optimiser_seconds: (optimiserEnd - end) / 1000,
        });
      }
      await run.progress(`${plan.architecture.name}: timing steps`, round + 1, plan.steps);
    }
  } finally {
    for (const { trainer } of trainers) {
      trainer.optimiser.dispose();
      disposeNetwork(trainer.network);
    }
  }
  return rows;
}

/** The plans of the four kinds of steps. */
function plansOf(plan: TrainingPlan, lastSurvival: number): { kind: Kind; plan: TrainingPlan }[] {
  const { architecture } = plan;
  const keeps = keepsShape(architecture);
  const changing = { ...architecture, blocks: architecture.blocks.filter((_, i) => !keeps[i]) };
  const survival = (probabilities: number[]) => ({ kind: "survival", probabilities }) as const;
  const none = ({ blocks }: TrainingPlan["architecture"]) => survival(uniformSurvival(blocks.length, 0));
  return [
    { kind: "constant depth", plan },
    { kind: "stochastic depth", plan: { ...plan, routes: survival(linearSurvival(keeps.length, lastSurvival)) } },
    { kind: "no block", plan: { ...plan, routes: none(architecture) } },
    { kind: "none to skip", plan: { ...plan, architecture: changing, routes: none(changing) } },
  ];
}
