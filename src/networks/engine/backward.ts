/**
 * Gradients of a network, planned from its layers: no tape of TensorFlow.js is recorded.
 *
 * The chain rule runs over the records that `forward` left, last layer first. Each gradient is freed as soon as the layer
 * before has been given its own.
 */
import {
  add,
  convolutionInputGradient,
  convolutionWeightsGradient,
  flattenGradient,
  gateChannelsGradients,
  globalAveragePoolGradient,
  isNonlinearity,
  layerNormalisationGradients,
  localResponseNormalisationGradient,
  multiply,
  nonlinearityGradient,
  normaliseBatchGradient,
  poolGradient,
  reluGradient,
  scaleChannelsGradients,
  selectChannelsGradient,
  sigmoidGradient,
  slice,
  subsampleAndPadGradient,
  sumOverChannels,
  tanhGradient,
  toFloat32,
} from "../../ops";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type {
  BatchNormalisation,
  ChannelGate,
  Concatenation,
  Convolution,
  Layer,
  LayerNormalisation,
} from "./architecture";
import type { BlockRecord, LayerRecord, Tape } from "./forward";
import { graphPartError, type Network, parameter } from "./network";
import type { Branch } from "./route";
import { sameShape } from "./shapes";

/** The gradients of one backward pass. */
export interface NetworkGradients {
  /** Gradient of every parameter that took part, by its address; empty when they were not asked for. */
  readonly parameters: Map<string, Tensor>;
  /** Gradient by the images, `[batch, height, width, channels]`; null when it was not asked for. */
  readonly input: Tensor4D | null;
}

/** What a gradient may be asked for besides. */
export interface BackwardOptions {
  /** The gradient by the images, wanted by default: training does without, and saves a convolution. */
  readonly input?: boolean;
  /** The gradients by the parameters, wanted by default: half of the work. */
  readonly parameters?: boolean;
  /**
   * Through which branch of each step of the route the gradient goes; through all that ran by default. The forward pass is
   * not changed by it: so the gradient that flows along some of the paths is found (Veit et al. 2016, arXiv:1605.06431, sec. 5).
   */
  readonly branches?: readonly Branch[];
  /**
   * Gradients of the loss by the logits of exits, by the exits' names; they stay the caller's. An exit of the tape that has
   * none adds nothing to the loss.
   */
  readonly exitGradients?: ReadonlyMap<string, Tensor2D>;
  /**
   * Shown the gradient by the input of each step of the route, last step first, at the step's place; and before these the
   * gradient by the last step's output, at the place after the last. What comes from exits there is in it. The tensors must
   * not be kept; they are float32.
   */
  readonly onGradient?: (place: number, gradient: Tensor) => void;
}

/**
 * Gradients of a loss from its gradient by the logits.
 *
 * Call it inside the same `tf.tidy` as the forward pass in mode `training` or `batch statistics`. It may be called again on
 * the same tape, with other branches.
 *
 * @param tape what `forward` recorded
 * @param logitsGradient gradient of the loss by the logits, `[batch, classes]`; it stays the caller's
 * @throws RangeError when the gradient is to go through a branch that did not run, or comes from an exit that did not
 */
export function backward(
  network: Network,
  tape: Tape,
  logitsGradient: Tensor2D,
  options: BackwardOptions = {},
): NetworkGradients {
  const { input: inputWanted = true, parameters: parametersWanted = true } = options;
  const { branches, exitGradients = new Map<string, Tensor2D>(), onGradient } = options;
  checkBranches(tape, branches);
  checkExits(tape, exitGradients);
  const parameters = new Map<string, Tensor>();
  const collected = parametersWanted ? parameters : null;
  let gradient: Tensor = logitsGradient;
  const replace = (before: Tensor) => {
    if (before !== gradient && gradient !== logitsGradient) gradient.dispose();
    gradient = before;
  };
  const addExits = (place: number) => {
    for (const { exit, place: own, head } of tape.exits) {
      const byLogits = exitGradients.get(exit.name);
      if (own === place && byLogits !== undefined) replace(plusExit(network, head, gradient, byLogits, collected));
    }
  };

  replace(layersBackward(network, tape.head, gradient, collected));
  addExits(tape.blocks.length);
  const show = (place: number) => {
    if (onGradient === undefined) return;
    const shown = toFloat32(gradient);
    onGradient(place, shown);
    if (shown !== gradient) shown.dispose();
  };
  show(tape.blocks.length);
  for (let place = tape.blocks.length - 1; place >= 0; place--) {
    replace(blockBackward(network, tape.blocks[place]!, gradient as Tensor4D, collected, branches?.[place]));
    addExits(place);
    show(place);
  }
  const input = stemBackward(network, tape.stem, gradient, collected, inputWanted);
  if (input !== gradient && gradient !== logitsGradient) gradient.dispose();
  return { parameters, input };
}

/** Gradient by the images, in float32, from that by the stem's output; null where it is not wanted. */
export function stemBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  inputWanted: boolean,
): Tensor4D | null {
  const byInput = layersBackward(network, records, dy, parameters, { inputWanted });
  if (byInput === null) return null;
  const wide = toFloat32(byInput);
  if (wide !== byInput && byInput !== dy) byInput.dispose();
  return wide as Tensor4D;
}

/**
 * Gradient by the activations at a boundary between blocks, from that which comes from the blocks behind it and that by the
 * logits of an exit there; both stay the caller's.
 *
 * @param records of the exit's head
 */
export function plusExit(
  network: Network,
  records: readonly LayerRecord[],
  gradient: Tensor,
  byLogits: Tensor2D,
  parameters: Map<string, Tensor> | null,
): Tensor {
  const byExit = layersBackward(network, records, byLogits, parameters);
  const sum = add(gradient, byExit);
  if (byExit !== byLogits) byExit.dispose();
  return sum;
}

/**
 * Gradient by the input of one block, from that by its output, which stays the caller's.
 *
 * @param parameters given the gradients by the block's parameters; null where they are not wanted
 * @param branch through which branch it goes: the step's own by default
 */
export function blockBackward(
  network: Network,
  { block, step, residual, shortcut, join }: BlockRecord,
  dy: Tensor4D,
  parameters: Map<string, Tensor> | null,
  branch: Branch = step.branch,
): Tensor4D {
  if (branch === "skip" && block.shortcut === null) return dy;
  const { scale = 1 } = step;
  const sum = layersBackward(network, join, dy, parameters);
  const scaled = branch !== "skip" && scale !== 1 ? multiply(sum, scale) : sum;
  const byShortcut =
    branch !== "residual" && block.shortcut !== null ? layersBackward(network, shortcut, sum, parameters) : null;
  const total =
    branch === "skip"
      ? byShortcut!
      : layersBackward(network, residual, scaled, parameters, { addend: byShortcut ?? undefined });
  for (const part of new Set([byShortcut, scaled, sum])) {
    if (part !== null && part !== total && part !== dy) part.dispose();
  }
  return total as Tensor4D;
}

/** The gradient can only go where activations went. */
function checkBranches({ blocks }: Tape, branches: readonly Branch[] | undefined): void {
  if (branches === undefined) return;
  if (branches.length !== blocks.length) {
    throw new RangeError(`need a branch for each of the ${blocks.length} steps of the route, got ${branches.length}`);
  }
  blocks.forEach((record, place) => {
    const { block, step } = record;
    const wanted = branches[place]!;
    if (wanted === step.branch) return;
    if (wanted === "skip" && block.shortcut === null) checkIdentity(record);
    else if (step.branch !== "both") {
      throw new RangeError(`the gradient cannot go through "${wanted}" of ${block.name}: "${step.branch}" ran`);
    }
  });
}

/** An exit's gradient can only come from where its head ran. */
function checkExits({ exits }: Tape, gradients: ReadonlyMap<string, Tensor2D>): void {
  for (const name of gradients.keys()) {
    if (!exits.some(({ exit }) => exit.name === name)) {
      throw new RangeError(`no gradient can come from ${name}: the forward pass did not run this exit`);
    }
  }
}

/** A block without a shortcut may be passed by the identity, but only where its output has its input's shape. */
function checkIdentity({ block, residual }: BlockRecord): void {
  if (residual.length === 0) return; // its branch is an identity itself
  const [input, output] = [residual[0]!.x.shape.slice(1), residual.at(-1)!.y.shape.slice(1)];
  if (sameShape(input, output)) return;
  throw new RangeError(
    `${block.name} has no shortcut and changes [${input}] to [${output}]: the gradient cannot pass it by, no identity fits`,
  );
}

/** What is asked of the gradient by the input of some layers. */
interface InputGradientOptions {
  /** Whether it is: true by default. */
  readonly inputWanted?: boolean;
  /** What is added to it: the gradient along another branch, which stays the caller's. */
  readonly addend?: Tensor | undefined;
}

/** Gradient by the first layer's input; `dy` itself where there is no layer. `dy` stays the caller's. */
export function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  options?: Omit<InputGradientOptions, "inputWanted">,
): Tensor;
/** As above; null instead of the gradient by the first layer's input where that is not wanted. */
export function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  options: InputGradientOptions,
): Tensor | null;
export function layersBackward(
  network: Network,
  records: readonly LayerRecord[],
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  { inputWanted = true, addend }: InputGradientOptions = {},
): Tensor | null {
  if (records.length === 0) return addend === undefined ? dy : add(dy, addend);
  let gradient: Tensor | null = dy;
  for (let i = records.length - 1; i >= 0; i--) {
    const record = records[i]!;
    const relu = record.layer.kind === "relu" && records[i - 1]?.layer.kind === "batch normalisation" ? record : null;
    if (relu !== null) i--; // its gradient is taken with that of the normalisation before it
    const options = i > 0 ? {} : { inputWanted, addend };
    const before: Tensor | null = layerBackward(network, records[i]!, gradient!, parameters, relu, options);
    if (gradient !== dy && gradient !== before) gradient!.dispose();
    gradient = before;
  }
  return gradient;
}

/**
 * Adds the gradients by a layer's own parameters; gives that by its input (`dy` itself where it does nothing), or null.
 *
 * @param relu the record of a ReLU that follows a batch normalisation and is done with it
 */
function layerBackward(
  network: Network,
  record: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  relu: LayerRecord | null,
  { inputWanted = true, addend }: InputGradientOptions,
): Tensor | null {
  const { layer } = record;
  if (layer.kind === "batch normalisation") {
    return normalisationBackward(network, layer, record, dy, parameters, relu, { inputWanted, addend });
  }
  if (layer.kind === "convolution") {
    if (parameters !== null) parameterGradients(layer, record, dy, parameters);
    const { shape } = record.x as Tensor4D;
    const weights = parameter<Tensor4D>(network, `${layer.name}/kernel`);
    return inputWanted ? convolutionInputGradient(dy as Tensor4D, weights, shape, layer, addend as Tensor4D) : null;
  }
  const alone = singleLayerBackward(network, layer, record, dy, parameters, inputWanted);
  if (alone === null || addend === undefined) return alone;
  const sum = add(alone, addend);
  if (alone !== dy) alone.dispose();
  return sum;
}

function singleLayerBackward(
  network: Network,
  layer: Exclude<Layer, Convolution | BatchNormalisation>,
  record: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  inputWanted: boolean,
): Tensor | null {
  if (layer.kind === "concatenation") return concatenationBackward(network, record, dy, parameters, inputWanted);
  if (layer.kind === "channel gate") return gateBackward(network, record, dy, parameters, inputWanted);
  if (layer.kind === "layer normalisation") {
    return normalisationBackward(network, layer, record, dy, parameters, null, { inputWanted });
  }
  if (parameters !== null) parameterGradients(layer, record, dy, parameters);
  return inputWanted ? inputGradient(network, layer, record, dy) : null;
}

/** Each branch gets its own channels of the gradient; the input gets the sum of what comes back. */
function concatenationBackward(
  network: Network,
  { branches, x }: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  inputWanted: boolean,
): Tensor | null {
  const [batch, height, width] = dy.shape as Tensor4D["shape"];
  let total: Tensor | null = null;
  let first = 0;
  for (const records of branches) {
    const channels = (records.at(-1)?.y ?? x).shape[3]!;
    const own = slice(dy as Tensor4D, [0, 0, 0, first], [batch, height, width, channels]);
    first += channels;
    const byBranch = layersBackward(network, records, own, parameters, { inputWanted });
    if (byBranch !== own) own.dispose();
    if (total === null || byBranch === null) total ??= byBranch;
    else {
      const sum: Tensor = add(total, byBranch);
      tf.dispose([total, byBranch]);
      total = sum;
    }
  }
  if (inputWanted) return total;
  total?.dispose();
  return null;
}

/** The gradient goes through the activations themselves, and through the factors that were made of them. */
function gateBackward(
  network: Network,
  { branches, x, saved }: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  inputWanted: boolean,
): Tensor | null {
  const direct = gateChannelsGradients(dy as Tensor4D, x as Tensor4D, saved[0] as Tensor2D);
  const byInner = layersBackward(network, branches[0]!, direct.factors, parameters, { inputWanted });
  const total = inputWanted ? add(direct.x, byInner as Tensor4D) : null;
  for (const part of new Set([direct.x, direct.factors, byInner])) part?.dispose();
  return total;
}

/** All three gradients come together: of batch normalisation through a ReLU that follows, and with what is added to that by its input. */
function normalisationBackward(
  network: Network,
  { kind, name, epsilon }: BatchNormalisation | LayerNormalisation,
  { x, saved }: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor> | null,
  relu: LayerRecord | null,
  { inputWanted = true, addend }: InputGradientOptions,
): Tensor | null {
  const scale = parameter<Tensor1D>(network, `${name}/scale`);
  const following = relu && { offset: parameter<Tensor1D>(network, `${name}/offset`), y: relu.y };
  const options = { relu: following, addend: inputWanted ? addend : undefined };
  const gradients =
    kind === "batch normalisation"
      ? normaliseBatchGradient(dy, x, scale, saved, epsilon, options)
      : layerNormalisationGradients(dy, x, scale, epsilon);
  if (parameters === null) tf.dispose([gradients.scale, gradients.offset]);
  else {
    addGradient(parameters, `${name}/scale`, gradients.scale);
    addGradient(parameters, `${name}/offset`, gradients.offset);
  }
  if (inputWanted) return gradients.x;
  gradients.x.dispose();
  return null;
}

/** Adds the gradients by a layer's own parameters. */
function parameterGradients(
  layer: Layer,
  { x, normalisation }: LayerRecord,
  dy: Tensor,
  parameters: Map<string, Tensor>,
): void {
  if (layer.kind === "convolution") {
    const [height, width] = layer.kernelSize;
    const images = x as Tensor4D;
    const shape = [height, width, images.shape[3] / (layer.groups ?? 1), layer.filters] as const;
    const byWeights = convolutionWeightsGradient(images, dy as Tensor4D, shape, layer, normalisation);
    addGradient(parameters, `${layer.name}/kernel`, byWeights);
    if (layer.bias) addGradient(parameters, `${layer.name}/bias`, sumOverChannels(dy));
  }
  if (layer.kind === "dense") {
    addGradient(parameters, `${layer.name}/kernel`, tf.matMul(x as Tensor2D, dy as Tensor2D, true, false));
    if (layer.bias) addGradient(parameters, `${layer.name}/bias`, tf.sum(dy, 0));
  }
  if (layer.kind === "channel scaling") {
    const { scale, offset } = scaleChannelsGradients(dy, x);
    addGradient(parameters, `${layer.name}/scale`, scale);
    if (layer.offset === false) offset.dispose();
    else addGradient(parameters, `${layer.name}/offset`, offset);
  }
}

function inputGradient(
  network: Network,
  layer: Exclude<Layer, Convolution | BatchNormalisation | LayerNormalisation | Concatenation | ChannelGate>,
  { x, y, saved }: LayerRecord,
  dy: Tensor,
): Tensor {
  if (isNonlinearity(layer)) return nonlinearityGradient(dy, x, layer);
  switch (layer.kind) {
    case "dense":
      return tf.matMul(dy as Tensor2D, parameter<Tensor2D>(network, `${layer.name}/kernel`), false, true);
    case "relu":
      return reluGradient(dy, y);
    case "sigmoid":
      return sigmoidGradient(dy, y);
    case "tanh":
      return tanhGradient(dy, y);
    case "max pool":
    case "average pool":
      return poolGradient(dy as Tensor4D, x as Tensor4D, y as Tensor4D, layer);
    case "global average pool":
      return globalAveragePoolGradient(dy as Tensor2D, x as Tensor4D);
    case "flatten":
      return flattenGradient(dy as Tensor2D, x);
    case "graph part":
      throw graphPartError(layer);
    case "subsample and pad":
      return subsampleAndPadGradient(dy as Tensor4D, x as Tensor4D, layer.stride);
    case "channel selection":
      return selectChannelsGradient(dy as Tensor4D, layer.channels, x.shape[3]!);
    case "scaling":
      return multiply(dy, layer.factor);
    case "channel scaling":
      return multiply(dy, parameter(network, `${layer.name}/scale`));
    case "local response normalisation":
      return localResponseNormalisationGradient(dy as Tensor4D, x as Tensor4D, y as Tensor4D, layer);
    case "dropout":
      return saved.length === 0 ? dy : multiply(dy, saved[0]!);
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
