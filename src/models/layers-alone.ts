import type { Architecture, Layer } from "./architecture";
import { branchShape, parameterSpecifications } from "./shapes";

/**
 * Layers as a network of nothing else, for measuring them: they are its stem, and its logits are the averages of their
 * activations over the picture.
 *
 * @param layers from `inputShape` to activations with height and width
 * @param inputShape `[height, width, channels]`
 */
export function layersAlone(layers: readonly Layer[], inputShape: Architecture["inputShape"]): Architecture {
  return {
    name: "layers",
    inputShape,
    classes: branchShape(layers, inputShape).at(-1)!,
    stem: layers,
    blocks: [],
    head: [{ kind: "global average pool" }],
  };
}

/** Numbers in all parameters of some layers, running statistics included. */
export function layerWeights(layers: readonly Layer[], inputShape: Architecture["inputShape"]): number {
  return parameterSpecifications(layersAlone(layers, inputShape)).reduce(
    (total, { shape }) => total + shape.reduce((product, side) => product * side, 1),
    0,
  );
}
