/**
 * A network run by TensorFlow.js's own operations and differentiated by its own tape: the reference for `forward` and
 * `backward`, with which it shares the architecture and nothing else.
 */
import type { Architecture, Layer, MaskStreams, Route } from "../../src/networks";
import { dropoutMask } from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";

/** Logits `[batch, classes]` of the head, and of each exit that is reached by its name. */
export interface ComposedLogits {
  readonly head: Tensor2D;
  readonly exits: ReadonlyMap<string, Tensor2D>;
  /**
   * How near an input of a ReLU came to zero, in units of the root mean square of its layer's; infinity without a ReLU. Rounding may
   * put the nearest on the other side, and a gradient of few images is then another one.
   */
  readonly nearestKink: number;
}

/** Logits with batch statistics, along a route; dropout only where it is given masks. */
export function composedPass(
  { stem, blocks, exits = [], head }: Architecture,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor4D,
  route: Route,
  masks?: MaskStreams,
): ComposedLogits {
  let nearestKink = Number.POSITIVE_INFINITY;
  const run = (layers: readonly Layer[], input: Tensor): Tensor =>
    layers.reduce((activations, layer) => {
      if (layer.kind === "relu") nearestKink = Math.min(nearestKink, nearestToZero(activations.dataSync()));
      if (layer.kind === "channel gate") {
        return tf.mul(activations, tf.reshape(run(layer.layers, activations), [activations.shape[0]!, 1, 1, -1]));
      }
      if (layer.kind !== "concatenation") return composedLayer(layer, weights, activations, masks);
      return tf.concat(
        layer.branches.map((branch) => run(branch, activations)),
        3,
      );
    }, input);
  const exitLogits = new Map<string, Tensor2D>();
  let activations = run(stem, x);
  for (const { block: index, branch, scale = 1 } of route) {
    const { residual, shortcut, join } = blocks[index]!;
    const parts: Tensor[] = [];
    if (branch !== "skip") parts.push(tf.mul(scale, run(residual, activations)));
    if (branch !== "residual" && shortcut !== null) parts.push(run(shortcut, activations));
    if (parts.length > 0) activations = run(join, tf.addN(parts));
    for (const exit of exits) {
      if (exit.after === index) exitLogits.set(exit.name, run(exit.head, activations) as Tensor2D);
    }
  }
  const logits = run(head, activations) as Tensor2D;
  return { head: logits, exits: exitLogits, nearestKink };
}

/** The smallest size but zero, which stays zero in every sum, over the root mean square. */
function nearestToZero(values: ArrayLike<number>): number {
  let [least, squares] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > 0 && size < least) least = size;
    squares += size * size;
  }
  return least / Math.sqrt(squares / values.length);
}

/** The head's logits of `composedPass`. */
export function composedLogits(
  architecture: Architecture,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor4D,
  route: Route,
): Tensor2D {
  return composedPass(architecture, weights, x, route).head;
}

/** Gradients of a loss of the logits, by every trainable parameter and by the images (under the name "images"). */
export function composedGradients(
  architecture: Architecture,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor4D,
  route: Route,
  loss: (logits: Tensor2D, exits: ReadonlyMap<string, Tensor2D>) => Tensor,
  masks?: MaskStreams,
): Map<string, Tensor> {
  const names = [...weights.keys()].filter((name) => !/\/(mean|variance)$/.test(name));
  const differentiate = tf.grads((...values: Tensor[]) => {
    const given = new Map(names.map((name, i) => [name, values[i]!]));
    const nothing = tf.mul(0, tf.addN(values.map((value) => tf.sum(value)))); // what takes no part has a gradient of 0
    const { head, exits } = composedPass(architecture, given, values.at(-1) as Tensor4D, route, masks);
    return tf.add(loss(head, exits), nothing);
  });
  const gradients = differentiate([...names.map((name) => weights.get(name)!), x]);
  return new Map([...names, "images"].map((name, i) => [name, gradients[i]!]));
}

function composedLayer(
  layer: Exclude<Layer, { kind: "concatenation" | "channel gate" }>,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor,
  masks: MaskStreams | undefined,
): Tensor {
  const weight = <T extends Tensor>(what: string) => weights.get(`${"name" in layer ? layer.name : ""}/${what}`) as T;
  if (composed.isNonlinearity(layer)) return composed.nonlinearity(x, layer);
  switch (layer.kind) {
    case "convolution": {
      const y = composed.convolution(x as Tensor4D, weight("kernel"), layer);
      return layer.bias ? tf.add(y, weight("bias")) : y;
    }
    case "dense": {
      const y = tf.matMul(x, weight("kernel"));
      return layer.bias ? tf.add(y, weight("bias")) : y;
    }
    case "batch normalisation":
      return composed.normaliseBatch(x, weight<Tensor1D>("scale"), weight("offset"), layer.epsilon).y;
    case "relu":
      return tf.relu(x);
    case "sigmoid":
      return tf.sigmoid(x);
    case "tanh":
      return tf.tanh(x);
    case "layer normalisation":
      return composed.layerNormalisation(x, weight<Tensor1D>("scale"), weight("offset"), layer.epsilon);
    case "max pool":
    case "average pool":
      return composed.pool(x as Tensor4D, layer);
    case "global average pool":
      return tf.mean(x, [1, 2]);
    case "graph part":
      throw new Error("not composed");
    case "flatten":
      return tf.reshape(x, [x.shape[0]!, -1]);
    case "subsample and pad": {
      const pixels = tf.avgPool(x as Tensor4D, 1, layer.stride, "valid");
      return tf.pad(pixels, [[0, 0], [0, 0], [0, 0], [0, layer.channels - pixels.shape[3]]]); // biome-ignore format: one list
    }
    case "channel selection":
      return tf.gather(x, tf.tensor1d([...layer.channels], "int32"), 3);
    case "scaling":
      return tf.mul(x, layer.factor);
    case "channel scaling":
      return tf.add(tf.mul(x, weight("scale")), layer.offset === false ? 0 : weight("offset"));
    case "local response normalisation":
      return composed.localResponseNormalisation(x as Tensor4D, layer);
    case "dropout": {
      if (masks === undefined || layer.rate === 0) return x;
      const stream = masks(layer.name);
      const shape = layer.wholeImages ? [x.shape[0]!, ...x.shape.slice(1).map(() => 1)] : x.shape;
      return tf.mul(x, dropoutMask(shape, layer.rate, [stream.integer(2 ** 31), stream.integer(2 ** 31)]));
    }
  }
}
