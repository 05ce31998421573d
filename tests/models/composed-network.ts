/**
 * A network run by TensorFlow.js's own operations and differentiated by its own tape: the reference for `forward` and
 * `backward`, with which it shares the architecture and nothing else.
 */
import type { Architecture, Layer, Route } from "../../src/models";
import * as composed from "../../src/ops/composed";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";

/** Logits `[batch, classes]` with batch statistics, along a route. */
export function composedLogits(
  { stem, blocks, head }: Architecture,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor4D,
  route: Route,
): Tensor2D {
  const run = (layers: readonly Layer[], input: Tensor) =>
    layers.reduce((activations, layer) => composedLayer(layer, weights, activations), input);
  let activations = run(stem, x);
  for (const { block: index, branch, scale = 1 } of route) {
    const { residual, shortcut, join } = blocks[index]!;
    const parts: Tensor[] = [];
    if (branch !== "skip") parts.push(tf.mul(scale, run(residual, activations)));
    if (branch !== "residual" && shortcut !== null) parts.push(run(shortcut, activations));
    if (parts.length > 0) activations = run(join, tf.addN(parts));
  }
  return run(head, activations) as Tensor2D;
}

/** Gradients of a loss of the logits, by every trainable parameter and by the pictures (under the name "pictures"). */
export function composedGradients(
  architecture: Architecture,
  weights: ReadonlyMap<string, Tensor>,
  x: Tensor4D,
  route: Route,
  loss: (logits: Tensor2D) => Tensor,
): Map<string, Tensor> {
  const names = [...weights.keys()].filter((name) => !/\/(mean|variance)$/.test(name));
  const differentiate = tf.grads((...values: Tensor[]) => {
    const given = new Map(names.map((name, i) => [name, values[i]!]));
    const nothing = tf.mul(0, tf.addN(values.map((value) => tf.sum(value)))); // what takes no part has a gradient of 0
    return tf.add(loss(composedLogits(architecture, given, values.at(-1) as Tensor4D, route)), nothing);
  });
  const gradients = differentiate([...names.map((name) => weights.get(name)!), x]);
  return new Map([...names, "pictures"].map((name, i) => [name, gradients[i]!]));
}

function composedLayer(layer: Layer, weights: ReadonlyMap<string, Tensor>, x: Tensor): Tensor {
  const weight = <T extends Tensor>(what: string) => weights.get(`${"name" in layer ? layer.name : ""}/${what}`) as T;
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
    case "max pool":
    case "average pool":
      return composed.pool(x as Tensor4D, layer);
    case "global average pool":
      return tf.mean(x, [1, 2]);
    case "flatten":
      return tf.reshape(x, [x.shape[0]!, -1]);
    case "subsample and pad": {
      const pixels = tf.avgPool(x as Tensor4D, 1, layer.stride, "valid");
      return tf.pad(pixels, [[0, 0], [0, 0], [0, 0], [0, layer.channels - pixels.shape[3]]]); // biome-ignore format: one list
    }
  }
}
