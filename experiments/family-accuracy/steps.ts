/** What `../family-accuracy.ts` measures of time: single training steps of all networks by turns. */
import { setImmediate } from "node:timers/promises";
import type { CellRun } from "../../src/experiment";
import { disposeNetwork } from "../../src/networks";
import { createTrainer, prepareImages } from "../../src/training";
import type { Measured, Parameters } from "../family-accuracy";
import { countsOf, planOf } from "./networks";

/** Steps of each network that are run before any is timed. */
export const warmUpSteps = 3;

/** A row for each timed step of each network. Nothing is kept of the trainings. */
export async function stepRows(seed: number, params: Parameters, run: CellRun): Promise<Measured[]> {
  const data = await run.data();
  const rounds = warmUpSteps + params.timedSteps;
  const plans = params.networks.map((name) => planOf(name, { seed, steps: rounds }, params, data.training));
  const images = prepareImages(data, plans[0]!.images, seed);
  const trainers = plans.map((plan) => createTrainer(plan, images));
  const rows: Measured[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const turn of trainers.keys()) {
        const which = (round + turn) % trainers.length; // none is always first
        const start = performance.now();
        trainers[which]!.step(round);
        const step_seconds = (performance.now() - start) / 1000;
        await setImmediate(); // lets messages and signals in: the kernels block this thread
        run.signal.throwIfAborted();
        if (round < warmUpSteps) continue;
        const counts = countsOf(params.networks[which]!, plans[which]!, "step");
        rows.push({ ...counts, step: round - warmUpSteps + 1, step_seconds });
      }
      run.progress({ phase: "timing steps of all networks", done: round + 1, total: rounds });
    }
  } finally {
    for (const { network, optimiser } of trainers) {
      optimiser.dispose();
      disposeNetwork(network);
    }
  }
  return rows;
}
