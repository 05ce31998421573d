/**
 * Gradients of a network, planned from its layers: no tape of TensorFlow.js is recorded.
 *
 * The chain rule runs over the records that `forward` left, last layer first. Each gradient is freed as soon as the layer
 * before has been given its own.
 */
import * as ops from "../ops";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../runtime";
import type { BlockRecord, LayerRecord, Tape } from "./forward";
import { type Network, parameter } from "./network";

export interface NetworkGradients {
  /** Gradient of every parameter that took part, by its address. A block that did not run has none. */
  readonly parameters: Map<string, Tensor>;
  /** Gradient by the pictures, `[batch, height, width, channels]`; null when it was not asked for. */
  readonly input: Tensor4D | null;
}

/**
 * Gradients of a loss from its gradient by the logits.
 *
 * Call it inside the same `tf.tidy` as the forward pass in mode `training` or `batch statistics`.
 *
 * @param tape what `forward` recorded
 * @param logitsGradient gradient of the loss by the logits, `[batch, classes]`; it stays the caller's
 * @param wanted whether the gradient by the pictures is wanted: training does without, and saves a convolution
 */
export function backward(
  network: Network,
  tape: Tape,
  logitsGradient: Tensor2D,
  wanted: { readonly input: boolean } = { input: true },
): NetworkGradients {
  const parameters = new Map<string, Tensor>();
  let gradient = layersBackward(network, tape.head, logitsGradient, parameters);
  for (const record of [...tape.blocks].reverse()) {
    const before = blockBackward(network, record, gradient as Tensor4D, parameters);
    if (before !== gradient) gradient.dispose();
    gradient = before;
  }
  const input = layersBackward(network, tape.stem, gradient, parameters, wanted.input) as Tensor4D | null;
  if (input !== gradient) gradient.dispose();
  return { parameters, input };
}

function blockBackward(
  network: Network,
  { block, branch, residual, shortcut, join }: BlockRecord,
  dy: Tensor4D,
  parameters: Map<string, Tensor>,
): Tensor4D {
  if (branch === "skip" && block.shortcut === null) return dy;
  const sum = layersBackward(network, join, dy, parameters);
  const byResidual = branch !== "skip" ? layersBackward(network, residual, sum, parameters) : null;
  const byShortcut =
    branch !== "residual" && block.shortcut !== null ? layersBackward(network, shortcut, sum, parameters) : null;
  const total =
    byResidual !== null && byShortcut !== null ? tf.add(byResidual, byShortcut) : (byResidual ?? byShortcut);
  for (const part of new Set([byResidual, byShortcut, sum])) {
    if (part !== null && part !== total && part !== dy) part.dispose();
  }
  return total as Tensor4D;
}

/** Gradient by the first layer's input; `dy` itself where there is no layer. `dy` stays the caller's. */
function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor>,
): Tensor;
/** As above; null instead of the gradient by the first layer's input where that is not wanted. */
function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor>,
  inputWanted: boolean,
): Tensor | null;
function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor>,
  inputWanted = true,
): Tensor | null {
  let gradient = dy;
  for (let i = records.length - 1; i >= 0; i--) {
    parameterGradients(records[i]!, gradient, parameters);
    if (i === 0 && !inputWanted) return null;
    const before = inputGradient(network, records[i]!, gradient, parameters);
    if (gradient !== dy) gradient.dispose();
    gradient = before;
  }
  return gradient;
}

/** Adds the gradients by a linear layer's own parameters. Batch normalisation's come with its input's. */
function parameterGradients({ layer, x }: LayerRecord, dy: Tensor, parameters: Map<string, Tensor>): void {
  if (layer.kind === "convolution") {
    const [height, width] = layer.kernelSize;
    const pictures = x as Tensor4D;
    const shape = [height, width, pictures.shape[3], layer.filters] as const;
    const byWeights = ops.convolutionWeightsGradient(pictures, dy as Tensor4D, shape, layer);
    addGradient(parameters, `${layer.name}/kernel`, byWeights);
    if (layer.bias) addGradient(parameters, `${layer.name}/bias`, tf.sum(dy, [0, 1, 2]));
  }
  if (layer.kind === "dense") {
    addGradient(parameters, `${layer.name}/kernel`, tf.matMul(x as Tensor2D, dy as Tensor2D, true, false));
    if (layer.bias) addGradient(parameters, `${layer.name}/bias`, tf.sum(dy, 0));
  }
}

function inputGradient(
  network: Network,
  { layer, x, y, saved }: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor>,
): Tensor {
  switch (layer.kind) {
    case "convolution": {
      const weights = parameter<Tensor4D>(network, `${layer.name}/kernel`);
      return ops.convolutionInputGradient(dy as Tensor4D, weights, x.shape as Tensor4D["shape"], layer);
    }
    case "dense":
      return tf.matMul(dy as Tensor2D, parameter<Tensor2D>(network, `${layer.name}/kernel`), false, true);
    case "batch normalisation": {
      const scale = parameter<Tensor1D>(network, `${layer.name}/scale`);
      const gradients = ops.normaliseBatchGradient(dy, x, scale, saved, layer.epsilon);
      addGradient(parameters, `${layer.name}/scale`, gradients.scale);
      addGradient(parameters, `${layer.name}/offset`, gradients.offset);
      return gradients.x;
    }
    case "relu":
      return ops.reluGradient(dy, y);
    case "max pool":
    case "average pool":
      return ops.poolGradient(dy as Tensor4D, x as Tensor4D, y as Tensor4D, layer);
    case "global average pool":
      return ops.globalAveragePoolGradient(dy as Tensor2D, x.shape as Tensor4D["shape"]);
    case "flatten":
      return dy.reshape(x.shape);
    case "subsample and pad":
      return ops.subsampleAndPadGradient(dy as Tensor4D, x as Tensor4D, layer.stride);
  }
}

/** A block that a route visits twice gets the sum of both gradients. */
function addGradient(parameters: Map<string, Tensor>, name: string, gradient: Tensor): void {
  const before = parameters.get(name);
  if (before === undefined) {
    parameters.set(name, gradient);
    return;
  }
  parameters.set(name, tf.add(before, gradient));
  before.dispose();
  gradient.dispose();
}
