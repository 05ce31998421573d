/** What `../block-deletion.ts` writes of a deletion. */
import type { RouteResult } from "../../src/routes";

/** What a row says of a route: its errors, beside those of the intact network on the same images. */
export function errors({ topOneError, crossEntropy, images }: RouteResult, intact: RouteResult) {
  return {
    error_percent: 100 * topOneError,
    rise_points: 100 * (topOneError - intact.topOneError),
    cross_entropy_nats: crossEntropy,
    images,
  };
}

/** A residual block holds two layers, a block of the others one; the stem of residual and plain nets is layer 1. */
export function firstLayer(block: number, network: string): number {
  if (network.startsWith("vgg")) return block + 1;
  return network.includes("resnet") ? 2 * block + 2 : block + 2;
}
