/** Networks with one hidden layer, or none, and their training, in plain numbers: so small that a kernel would cost more. */
import { setImmediate } from "node:timers/promises";
import type { RandomStream } from "../../src/random";

/** y = w₀ + Σ w_j tanh(b_j + v_j · x); without hidden units y = w₀ + w · x, the perceptron before its threshold. */
export interface ShallowNetwork {
  readonly inputs: number;
  readonly hidden: number;
  /** All v_j, then all b_j, then all w_j, then w₀; without hidden units w, then w₀. */
  readonly parameters: Float64Array;
}

/** Points, and the targets there. */
export interface ShallowExamples {
  /** `[points x inputs]` in rows. */
  readonly x: Float64Array;
  /** `[points]`: values, or classes 0 and 1. */
  readonly wanted: Float64Array;
}

/** `squared`: the mean of (y - wanted)²; `logistic`: the mean cross-entropy of the class, with y its log-odds. */
export type ShallowLoss = "squared" | "logistic";

/** Fresh parameters: normal deviates of variance 1 / (weights into the unit), the biases b_j of variance 1, w₀ zero. */
export function createShallowNetwork(inputs: number, hidden: number, stream: RandomStream): ShallowNetwork {
  const parameters = new Float64Array(hidden === 0 ? inputs + 1 : hidden * (inputs + 2) + 1);
  const biases = hidden * inputs;
  const last = hidden === 0 ? 0 : biases + hidden;
  for (let i = 0; i < parameters.length - 1; i++) {
    const variance = i >= last ? 1 / Math.max(1, hidden === 0 ? inputs : hidden) : i >= biases ? 1 : 1 / inputs;
    parameters[i] = Math.sqrt(variance) * stream.normal();
  }
  return { inputs, hidden, parameters };
}

/** y at every point, `[points]`. */
export function shallowOutputs(network: ShallowNetwork, x: Float64Array): Float64Array {
  const activations = new Float64Array(network.hidden);
  return Float64Array.from({ length: x.length / network.inputs }, (_, point) => {
    return outputAt(network, x, point, activations);
  });
}

/** Outputs and loss, and the gradient of the loss by the parameters, by backpropagation. */
export function shallowGradient(
  network: ShallowNetwork,
  { x, wanted }: ShallowExamples,
  loss: ShallowLoss,
): { readonly outputs: Float64Array; readonly loss: number; readonly gradient: Float64Array } {
  const { inputs, hidden, parameters } = network;
  const points = wanted.length;
  const [biases, last] = [hidden * inputs, hidden * (inputs + 1)];
  const activations = new Float64Array(hidden);
  const outputs = new Float64Array(points);
  const gradient = new Float64Array(parameters.length);
  let total = 0;
  for (let point = 0; point < points; point++) {
    const y = outputAt(network, x, point, activations);
    const target = wanted[point]!;
    outputs[point] = y;
    total += loss === "squared" ? (y - target) ** 2 : Math.max(y, 0) - target * y + Math.log1p(Math.exp(-Math.abs(y)));
    const slope = (loss === "squared" ? 2 * (y - target) : 1 / (1 + Math.exp(-y)) - target) / points;
    const from = point * inputs;
    gradient[gradient.length - 1]! += slope;
    if (hidden === 0) for (let i = 0; i < inputs; i++) gradient[i]! += slope * x[from + i]!;
    for (let unit = 0; unit < hidden; unit++) {
      const activation = activations[unit]!;
      gradient[last + unit]! += slope * activation;
      const back = slope * parameters[last + unit]! * (1 - activation * activation);
      gradient[biases + unit]! += back;
      for (let i = 0; i < inputs; i++) gradient[unit * inputs + i]! += back * x[from + i]!;
    }
  }
  return { outputs, loss: total / points, gradient };
}

export interface ShallowTraining {
  readonly loss: ShallowLoss;
  readonly steps: number;
  /** Rate of the first step; it falls to zero along half a cosine. */
  readonly learningRate: number;
  /** Receives the outputs on all examples before each step. */
  readonly onOutputs?: (outputs: Float64Array) => void;
  readonly signal?: AbortSignal;
}

/** Adam's decay rates of the mean and the mean square, and the term that keeps the quotient finite. */
const [meanDecay, squareDecay, epsilon] = [0.9, 0.999, 1e-8];
/** Steps between two turns of the event loop. */
const stepsPerTurn = 500;

/**
 * Trains a shallow network on all examples at once, in place, with Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).
 *
 * @returns the loss before the last step
 * @throws RangeError when the loss is not finite
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
    const corrected = rate / (1 - meanDecay ** step);
    const squareCorrection = 1 / (1 - squareDecay ** step);
    for (let i = 0; i < parameters.length; i++) {
      mean[i] = meanDecay * mean[i]! + (1 - meanDecay) * gradient[i]!;
      square[i] = squareDecay * square[i]! + (1 - squareDecay) * gradient[i]! ** 2;
      parameters[i]! -= (corrected * mean[i]!) / (Math.sqrt(square[i]! * squareCorrection) + epsilon);
    }
    if (step % stepsPerTurn !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return last;
}

/** y at one point; leaves the hidden activations in `activations`. */
function outputAt(
  { inputs, hidden, parameters }: ShallowNetwork,
  x: Float64Array,
  point: number,
  activations: Float64Array,
): number {
  const [from, biases, last] = [point * inputs, hidden * inputs, hidden * (inputs + 1)];
  let y = parameters[parameters.length - 1]!;
  if (hidden === 0) for (let i = 0; i < inputs; i++) y += parameters[i]! * x[from + i]!;
  for (let unit = 0; unit < hidden; unit++) {
    let sum = parameters[biases + unit]!;
    for (let i = 0; i < inputs; i++) sum += parameters[unit * inputs + i]! * x[from + i]!;
    activations[unit] = Math.tanh(sum);
    y += parameters[last + unit]! * activations[unit]!;
  }
  return y;
}
