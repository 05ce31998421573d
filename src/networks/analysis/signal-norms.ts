/**
 * How large activations and gradients are at every boundary between blocks, over any number of orders of magnitude.
 *
 * Single precision ends at 10^-45 and 10^38; gradients of a sigmoid network of 128 layers are near 10^-80. So both
 * passes go block by block and take powers of two out between blocks: exact, hence equal bit for bit to the plain
 * passes wherever these stay in range.
 */
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type { Layer } from "../engine/architecture";
import { blockBackward, layersBackward } from "../engine/backward";
import { type BlockRecord, type LayerRecord, runBlock, runHead, runStem } from "../engine/forward";
import type { Network } from "../engine/network";
import type { Route } from "../engine/route";

/** One value for each boundary: the input of the route's first block, ..., the output of its last. */
interface SignalNorms {
  /** log10 of the mean square of the activations. */
  readonly activations: readonly number[];
  /** log10 of the Euclidean norm of the loss's gradient by the activations of the whole batch. */
  readonly gradients: readonly number[];
}

/** A tensor as 2^exponent times values near 1. */
interface Scaled {
  readonly values: Tensor;
  readonly exponent: number;
}

/**
 * Sizes of activations and of the loss's gradient at the boundaries between blocks, with batch statistics.
 *
 * The gradient is linear in the one that comes in, and can always be scaled. Activations can where the blocks and the
 * head are positively homogeneous (ReLU, no bias, no normalisation); elsewhere they have to stay within single
 * precision.
 *
 * @param x images, `[batch, height, width, channels]`; they stay the caller's
 * @param lossGradient the loss's gradient by the logits, from the logits: both `[batch, classes]`
 * @throws RangeError when activations leave single precision and cannot be scaled, or a gradient is exactly zero: it
 *   has no logarithm
 */
export function signalNorms(
  network: Network,
  x: Tensor4D,
  lossGradient: (logits: Tensor2D) => Tensor2D,
  route: Route,
): SignalNorms {
  return tf.tidy(() => {
    const { blocks, head } = network.architecture;
    const run = route.flatMap(({ block }) => [
      blocks[block]!.residual,
      blocks[block]!.shortcut ?? [],
      blocks[block]!.join,
    ]);
    const scalable = [...run, head].flat().every(isHomogeneous);
    const scaled = (values: Tensor, exponent: number, what: string) =>
      scalable ? rescaled({ values, exponent }, what) : { values, exponent };

    const records: BlockRecord[] = [];
    let signal: Scaled = { values: runStem(network, x, "batch statistics"), exponent: 0 };
    const activations = [logMeanSquare(signal, "the first block's input")];
    for (const step of route) {
      const { name } = blocks[step.block]!;
      const output = runBlock(network, step, signal.values as Tensor4D, "batch statistics", { records });
      signal = scaled(output, signal.exponent, name);
      activations.push(logMeanSquare(signal, name));
    }

    const headRecords: LayerRecord[] = [];
    const logits = runHead(network, signal.values as Tensor4D, "batch statistics", { records: headRecords });
    const byLogits = lossGradient(unscaled({ values: logits, exponent: signal.exponent }));
    let gradient = rescaled({ values: layersBackward(network, headRecords, byLogits, null), exponent: 0 }, "head");
    const gradients = [logNorm(gradient, "head")];
    for (const record of [...records].reverse()) {
      const values = blockBackward(network, record, gradient.values as Tensor4D, null);
      if (values !== gradient.values) gradient.values.dispose();
      gradient = rescaled({ values, exponent: gradient.exponent }, record.block.name);
      gradients.push(logNorm(gradient, record.block.name));
    }
    return { activations, gradients: gradients.reverse() };
  });
}

/** Whether a layer's output doubles with its input. */
function isHomogeneous(layer: Layer): boolean {
  if (layer.kind === "convolution" || layer.kind === "dense") return !layer.bias;
  if (layer.kind === "concatenation") return layer.branches.flat().every(isHomogeneous);
  if (layer.kind === "channel scaling") return layer.offset === false;
  return !inhomogeneous.has(layer.kind);
}

const inhomogeneous: ReadonlySet<Layer["kind"]> = new Set([
  "batch normalisation",
  "layer normalisation",
  "channel gate",
  "sigmoid",
  "tanh",
  "relu6",
  "elu",
  "silu",
  "gelu",
  "tanh gelu",
  "hard sigmoid",
  "hard swish",
  "local response normalisation",
]);

/** Powers of two that values may be away from 1 before they are scaled: their squares stay inside single precision. */
const leeway = 16;

/** The same tensor with values near 1. */
function rescaled(given: Scaled, what: string): Scaled {
  const power = withinPrecision(Math.round(Math.log2(largest(given.values, what))));
  if (Math.abs(power) <= leeway) return given;
  return { values: tf.mul(given.values, 2 ** -power), exponent: given.exponent + power };
}

/** The logits themselves, or as large or small ones as single precision holds: a softmax does not tell these apart. */
function unscaled({ values, exponent }: Scaled): Tensor2D {
  return (exponent === 0 ? values : tf.mul(values, 2 ** withinPrecision(exponent))) as Tensor2D;
}

/** Powers of two by which values near 1 can be multiplied in single precision without loss. */
function withinPrecision(power: number): number {
  return Math.max(-100, Math.min(100, power));
}

function largest(values: Tensor, what: string): number {
  const found = tf.tidy(() => tf.max(tf.abs(values)).dataSync()[0]!);
  if (found > 0 && Number.isFinite(found)) return found;
  throw new RangeError(`${what}: need values that are finite and not all zero, got ${found} as the largest`);
}

function logMeanSquare(given: Scaled, what: string): number {
  return 2 * logNorm(given, what) - Math.log10(given.values.size);
}

function logNorm({ values, exponent }: Scaled, what: string): number {
  const squares = tf.tidy(() => tf.sum(tf.square(values)).dataSync()[0]!);
  if (squares > 0 && Number.isFinite(squares)) return Math.log10(squares) / 2 + exponent * Math.log10(2);
  throw new RangeError(`${what}: the sum of squares must be a positive finite number, got ${squares}`);
}
