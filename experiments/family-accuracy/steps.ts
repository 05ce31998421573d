/** Timing of single training steps of several networks. */
import { disposeNetwork } from "../../src/networks";
import { createTrainer, type PreparedImages, type TrainingPlan } from "../../src/training";

/** Steps of each network that are run before any is timed. */
export const warmUpSteps = 3;

/** A timed step of one of the plans. */
interface TimedStep {
  /** Which plan. */
  readonly which: number;
  /** From 1. */
  readonly step: number;
  readonly seconds: number;
}

/**
 * Times steps of all plans by turns, so that all meet the same load.
 *
 * @param plans all with the same number of steps, the first `warmUpSteps` of them not timed
 * @param progress told after each round how many are done
 */
export async function timedSteps(
  plans: readonly TrainingPlan[],
  images: PreparedImages,
  progress: (done: number, rounds: number) => Promise<void>,
): Promise<TimedStep[]> {
  const trainers = plans.map((plan) => createTrainer(plan, images));
  const rounds = plans[0]!.steps;
  const timed: TimedStep[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const turn of trainers.keys()) {
        const which = (round + turn) % trainers.length; // none is always first
        const start = performance.now();
        trainers[which]!.step(round);
        const seconds = (performance.now() - start) / 1000;
        if (round >= warmUpSteps) timed.push({ which, step: round - warmUpSteps + 1, seconds });
      }
      await progress(round + 1, rounds);
    }
  } finally {
    for (const { network, optimiser } of trainers) {
      optimiser.dispose();
      disposeNetwork(network);
    }
  }
  return timed;
}
