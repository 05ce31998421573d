import { type Tensor4D, tf } from "../runtime";
import type { Layer } from "./architecture";
import { changedLayers } from "./changed-layers";
import { forward } from "./forward";
import type { Network } from "./network";

/**
 * Sets the running means and variances of a network to those of one batch.
 *
 * A network that was never trained has 0 and 1 there and does not normalise at inference: in a residual network the mean
 * square of the activations doubles with every block, and some 250 blocks are too many for single precision. Exits keep what they have; dropout
 * does nothing meanwhile. Variances are those of the population as TensorFlow estimates it, n/(n - 1) times the batch's.
 *
 * @param x pictures, `[batch, height, width, channels]`; more than one value a channel wherever there is normalisation
 */
export function takeBatchStatistics(network: Network, x: Tensor4D): void {
  const architecture = changedLayers(network.architecture, atOnce);
  tf.tidy(() => void forward({ architecture, weights: network.weights }, x, { mode: "training" }));
}

/** The layers with normalisation that takes the new batch alone, without dropout. */
function atOnce(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer): Layer[] => {
    if (layer.kind === "dropout") return [];
    if (layer.kind === "batch normalisation") return [{ ...layer, momentum: 1 }];
    if (layer.kind === "concatenation") return [{ ...layer, branches: layer.branches.map(atOnce) }];
    return [layer];
  });
}
