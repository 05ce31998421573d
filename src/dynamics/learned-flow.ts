/**
 * Learning the weights of x' = tanh(x W(t) + b(t)) as functions of time, given by their values at knots.
 *
 * Every way of learning them is a number of knots and a penalty on roughness: with as many knots as layers every layer has
 * weights of its own; with fewer they are piecewise linear; refining the knots during training is multi-level training (Haber, Ruthotto, Holtham & Jun 2017, arXiv:1703.02009; Chang et al. 2018, arXiv:1710.10348).
 */
import { setImmediate } from "node:timers/promises";
import { randomStream } from "../random";
import { type Scalar, type Tensor, type Tensor1D, type Tensor2D, tf } from "../runtime";
import { Adam } from "./adam";
import { type FlowParameters, type FlowShape, flowGradients } from "./flow";
import { interpolationMatrix, smoothnessMatrix } from "./interpolation";

/** A network whose weights are functions of time: it can be run with any number of layers. */
export interface LearnedFlow {
  readonly shape: FlowShape;
  readonly knots: number;
  /** Kernels and biases at the knots, [knots, ...]. */
  readonly parameters: FlowParameters;
}

/** Points to learn from; they stay the caller's. */
interface FlowExamples {
  /** [points, inputs] */
  readonly x: Tensor2D;
  /** One-hot labels, [points, classes]. */
  readonly targets: Tensor2D;
}

/** How a network is trained. */
interface FlowTraining {
  /** Layers that the network is run with: Euler steps of size time / layers. At least as many as knots. */
  readonly layers: number;
  /** T, until which the equation is followed. */
  readonly time: number;
  /** Passes over all examples, one step of Adam each. */
  readonly steps: number;
  /** Learning rate of a step, counted from 0. */
  readonly learningRate: (step: number) => number;
  /** α of the penalty on roughness, α / 2 h Σ |(w_{j+1} - w_j) / h|^2 over all weights of the layers; 0: none. */
  readonly smoothness: number;
  readonly signal?: AbortSignal;
  /** Told now and then how many steps are done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * A network with fresh weights: normal deviates of variance 1 / fan-in, sampled anew for each knot; biases 0.
 *
 * @throws RangeError when features are padded and there are more inputs than features
 */
export function createFlow(shape: FlowShape, knots: number, seed: number): LearnedFlow {
  if (!shape.opening && shape.inputs > shape.width) {
    throw new RangeError(`need a width of at least ${shape.inputs}, the number of inputs, got ${shape.width}`);
  }
  const pieces = piecesOf(shape, knots);
  const values = pieces.map(({ name, shape: sides, fanIn }) => {
    const stream = randomStream(seed, "initial weights", "flow", name);
    const size = sizeOf(sides);
    return fanIn === 0 ? new Float32Array(size) : normalValues(size, 1 / Math.sqrt(fanIn), () => stream.normal());
  });
  const tensors = pieces.map(({ shape: sides }, i) => tf.keep(tf.tensor(values[i]!, [...sides])));
  return { shape, knots, parameters: parametersFrom(shape, tensors) };
}

/**
 * The network's parameters with its weights at so many layers, [layers, ...]: interpolated, whatever it was trained with.
 * The caller frees them (`disposeFlowParameters`).
 */
export function flowAtDepth({ knots, parameters }: LearnedFlow, layers: number): FlowParameters {
  return tf.tidy(() => {
    const clones = copied(parameters);
    if (layers === knots) return clones;
    const matrix = tf.tensor2d(interpolationMatrix(layers, knots));
    return { ...clones, kernels: mapped(matrix, clones.kernels), biases: mapped(matrix, clones.biases) };
  });
}

/** The same functions of time with more knots, to be trained further; exactly the same where the old knots are among the new. */
export function refineFlow(flow: LearnedFlow, knots: number): LearnedFlow {
  const parameters = flowAtDepth(flow, knots);
  for (const tensor of tensorsOf(parameters)) tf.keep(tensor);
  return { shape: flow.shape, knots, parameters };
}

/**
 * Trains a network on all examples at once, by Adam. The given one is left as it is; the caller frees both.
 *
 * The gradient by the knots is A^T times the gradient by the layers, where the layers' weights are A times the knots'.
 *
 * @throws RangeError when there are fewer layers than knots, whose gradient would vanish
 * @throws Error when the loss is no longer finite
 */
export async function trainFlow(
  flow: LearnedFlow,
  examples: FlowExamples,
  training: FlowTraining,
): Promise<LearnedFlow> {
  const { layers, steps, signal, onProgress } = training;
  if (layers < flow.knots) throw new RangeError(`need at least ${flow.knots} layers, one a knot, got ${layers}`);
  const pieces = piecesOf(flow.shape, flow.knots);
  const matrix = layers === flow.knots ? null : tf.tensor2d(interpolationMatrix(layers, flow.knots));
  const roughness = training.smoothness === 0 ? null : tf.tensor2d(smoothnessMatrix(layers));
  let vector = tf.tidy(() => joined(tensorsOf(flow.parameters)));
  const adam = new Adam(vector.size);
  try {
    for (let step = 0; step < steps; step++) {
      const next = tf.tidy(() => {
        const parameters = parametersFrom(flow.shape, separated(vector, pieces));
        const { loss, gradients } = objective(parameters, examples, training, matrix, roughness);
        // read every 20 steps: reading waits for the kernels
        if (step % 20 === 0 && !Number.isFinite(loss.dataSync()[0])) {
          throw new Error(`the loss is not finite at step ${step} of ${steps}`);
        }
        return adam.step(vector, joined(tensorsOf(gradients)), training.learningRate(step));
      });
      vector.dispose();
      vector = next;
      if (step % 20 === 0) {
        onProgress?.(step);
        await setImmediate(); // lets messages and signals in: the kernels block this thread
        signal?.throwIfAborted();
      }
    }
    const tensors = tf.tidy(() => separated(vector, pieces)).map((tensor) => tf.keep(tensor));
    return { ...flow, parameters: parametersFrom(flow.shape, tensors) };
  } finally {
    adam.dispose();
    tf.dispose([vector, ...[matrix, roughness].filter((tensor) => tensor !== null)]);
  }
}

/**
 * What training minimises, and its gradient by the network's parameters at its knots: mean cross-entropy of the network
 * with `layers` layers, plus the penalty on roughness.
 *
 * @returns tensors that the caller frees
 */
export function flowObjective(
  { knots, parameters }: LearnedFlow,
  examples: FlowExamples,
  training: Pick<FlowTraining, "layers" | "time" | "smoothness">,
): { readonly loss: Scalar; readonly gradients: FlowParameters } {
  return tf.tidy(() =>
    objective(
      parameters,
      examples,
      training,
      training.layers === knots ? null : tf.tensor2d(interpolationMatrix(training.layers, knots)),
      training.smoothness === 0 ? null : tf.tensor2d(smoothnessMatrix(training.layers)),
    ),
  );
}

/** Number of trainable parameters. */
export function flowParameterCount(shape: FlowShape, knots: number): number {
  return piecesOf(shape, knots).reduce((sum, { shape: sides }) => sum + sizeOf(sides), 0);
}

/**
 * How much the weights change from layer to layer, run with so many layers: root mean square of w_{j+1} - w_j over that
 * of w, kernels and biases together. 0 for constant weights, about √2 for independent layers.
 *
 * @throws RangeError for fewer than two layers
 */
export function flowRoughness(flow: LearnedFlow, layers: number): number {
  if (layers < 2) throw new RangeError(`need at least two layers to see a change from one to the next, got ${layers}`);
  return tf.tidy(() => {
    const { kernels, biases } = flowAtDepth(flow, layers);
    const weights = tf.concat([asRows(kernels), asRows(biases)], 1);
    const changes = tf.sub(tf.slice(weights, [1, 0]), tf.slice(weights, [0, 0], [layers - 1, -1]));
    const meanSquare = (tensor: Tensor) => tf.mean(tf.square(tensor)).dataSync()[0]!;
    return Math.sqrt(meanSquare(changes) / meanSquare(weights));
  });
}

/** Frees a network's parameters; it cannot be run afterwards. */
export function disposeFlow({ parameters }: LearnedFlow): void {
  disposeFlowParameters(parameters);
}

/** Frees parameters that `flowAtDepth` or `flowGradients` gave. */
export function disposeFlowParameters(parameters: FlowParameters): void {
  tf.dispose(tensorsOf(parameters));
}

/** `matrix`: null where every layer is a knot; `roughness`: null without a penalty. Inside a `tf.tidy`. */
function objective(
  parameters: FlowParameters,
  { x, targets }: FlowExamples,
  { layers, time, smoothness }: Pick<FlowTraining, "layers" | "time" | "smoothness">,
  matrix: Tensor2D | null,
  roughness: Tensor2D | null,
): { readonly loss: Scalar; readonly gradients: FlowParameters } {
  const stepSize = time / layers;
  const atLayers = <T extends Tensor>(knots: T) => (matrix === null ? knots : mapped(matrix, knots));
  const kernels = atLayers(parameters.kernels);
  const biases = atLayers(parameters.biases);
  const found = flowGradients({ ...parameters, kernels, biases }, x, targets, { stepSize });
  let loss = found.loss;
  const byKnots = <T extends Tensor>(weights: T, gradient: T): T => {
    let byLayers = gradient;
    if (roughness !== null) {
      const byRoughness = tf.mul(mapped(roughness, weights), smoothness / stepSize) as T;
      loss = tf.add(loss, tf.mul(tf.sum(tf.mul(weights, byRoughness)), 1 / 2));
      byLayers = tf.add(gradient, byRoughness);
    }
    return matrix === null ? byLayers : mapped(matrix, byLayers, true);
  };
  const gradients = {
    ...found.gradients,
    kernels: byKnots(kernels, found.gradients.kernels),
    biases: byKnots(biases, found.gradients.biases),
  };
  return { loss, gradients };
}

/** A matrix, or its transpose, along the first axis of a tensor. */
function mapped<T extends Tensor>(matrix: Tensor2D, values: T, transposed = false): T {
  const [, ...rest] = values.shape;
  const result = tf.matMul(matrix, asRows(values), transposed, false);
  return result.reshape([result.shape[0], ...rest]) as T;
}

function asRows(values: Tensor): Tensor2D {
  return values.reshape([values.shape[0]!, -1]);
}

interface Piece {
  readonly name: keyof FlowParameters;
  readonly shape: readonly number[];
  /** 0: begins at 0. */
  readonly fanIn: number;
}

/** The parameters in the order in which they are joined. */
function piecesOf({ inputs, width, classes, opening }: FlowShape, knots: number): Piece[] {
  return [
    ...(opening ? [{ name: "opening", shape: [inputs, width], fanIn: inputs } as const] : []),
    { name: "kernels", shape: [knots, width, width], fanIn: width },
    { name: "biases", shape: [knots, 1, width], fanIn: 0 },
    { name: "classifier", shape: [width, classes], fanIn: width },
    { name: "offsets", shape: [1, classes], fanIn: 0 },
  ];
}

function tensorsOf({ opening, kernels, biases, classifier, offsets }: FlowParameters): Tensor[] {
  return [...(opening ? [opening] : []), kernels, biases, classifier, offsets];
}

function parametersFrom({ opening }: FlowShape, tensors: readonly Tensor[]): FlowParameters {
  const [kernels, biases, classifier, offsets] = tensors.slice(opening ? 1 : 0);
  return { ...(opening && { opening: tensors[0] }), kernels, biases, classifier, offsets } as FlowParameters;
}

function copied(parameters: FlowParameters): FlowParameters {
  const { opening, kernels, biases, classifier, offsets } = parameters;
  return {
    ...(opening && { opening: opening.clone() }),
    kernels: kernels.clone(),
    biases: biases.clone(),
    classifier: classifier.clone(),
    offsets: offsets.clone(),
  };
}

function joined(tensors: readonly Tensor[]): Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tensor.as1D()));
}

function separated(vector: Tensor1D, pieces: readonly Piece[]): Tensor[] {
  const parts = tf.split(
    vector,
    pieces.map(({ shape }) => sizeOf(shape)),
  );
  return parts.map((part, i) => part.reshape([...pieces[i]!.shape]));
}

function normalValues(size: number, deviation: number, normal: () => number): Float32Array {
  return Float32Array.from({ length: size }, () => deviation * normal());
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
