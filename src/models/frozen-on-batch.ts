import type { Tensor4D } from "../runtime";
import type { Architecture } from "./architecture";
import { forward } from "./forward";
import { freezeNormalisation } from "./frozen-normalisation";
import { createNetwork, disposeNetwork, type Network } from "./network";

/**
 * A fresh network whose normalisation keeps the statistics of a batch: each picture's output depends on that picture alone.
 *
 * @param seed of its weights
 * @param batch `[batch, height, width, channels]`; it stays the caller's
 */
export function networkFrozenOn(architecture: Architecture, seed: number, batch: Tensor4D): Network {
  const network = createNetwork(architecture, seed);
  forward(network, batch, { mode: "training" }).dispose();
  const frozen = freezeNormalisation(network);
  disposeNetwork(network);
  return frozen;
}
