import { setImmediate } from "node:timers/promises";
import { type ShallowExamples, type ShallowLoss, type ShallowNetwork, shallowGradient } from "../networks";

interface ShallowTraining {
  readonly loss: ShallowLoss;
  readonly steps: number;
  /** Rate of the first step; it falls to zero along half a cosine. */
  readonly learningRate: number;
  /** Shown the outputs on all examples before each step. */
  readonly onOutputs?: (outputs: Float64Array) => void;
  readonly signal?: AbortSignal;
}

/** Adam's shares of mean and mean square that are kept, and what keeps the quotient finite (Kingma & Ba 2015). */
const [meanKept, squareKept, epsilon] = [0.9, 0.999, 1e-8];
/** Steps after which messages and signals are let in. */
const turn = 500;

/**
 * Trains a shallow network on all examples at once, in place, with Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm
 * 1).
 *
 * @returns the loss before the last step
 * @throws RangeError when the loss is no longer finite, naming the step
 */
export async function trainShallowNetwork(
  network: ShallowNetwork,
  examples: ShallowExamples,
  { loss: kind, steps, learningRate, onOutputs, signal }: ShallowTraining,
): Promise<number> {
  const { parameters } = network;
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  let last = Number.NaN;
  for (let step = 1; step <= steps; step++) {
    const { outputs, loss, gradient } = shallowGradient(network, examples, kind);
    if (!Number.isFinite(loss)) throw new RangeError(`the loss of a shallow network is ${loss} at step ${step}`);
    onOutputs?.(outputs);
    last = loss;
    const rate = (learningRate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2;
    const corrected = rate / (1 - meanKept ** step);
    const squareCorrection = 1 / (1 - squareKept ** step);
    for (let i = 0; i < parameters.length; i++) {
      mean[i] = meanKept * mean[i]! + (1 - meanKept) * gradient[i]!;
      square[i] = squareKept * square[i]! + (1 - squareKept) * gradient[i]! ** 2;
      parameters[i]! -= (corrected * mean[i]!) / (Math.sqrt(square[i]! * squareCorrection) + epsilon);
    }
    if (step % turn !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return last;
}
