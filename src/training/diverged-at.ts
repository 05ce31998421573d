import { TrainingDiverged } from "./train";

/**
 * The step, counted from 0, at which a training's loss was no longer a number: for studies in which that is a result.
 *
 * @param error what a training was rejected with
 * @throws the error itself where it is no divergence
 * @example const outcome = await run.trained(plan).catch(divergedAt); // a network with its history, or a step
 */
export function divergedAt(error: unknown): number {
  if (error instanceof TrainingDiverged) return error.step;
  throw error;
}
