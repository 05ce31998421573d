/**
 * The largest stable step size of a network: by experiment, and as its Jacobian's eigenvalues foretell it.
 */
import type { RandomStream } from "../random";
import type { Block } from "./blocks";
import type { Vector } from "./integrators";
import {
  eigenvalueGrowth,
  jacobianEigenvalues,
  largestStableStep,
  laterGrowth,
  laterSpectra,
  settledState,
} from "./perturbation";

/** States on the way at which eigenvalues are computed. */
const spectrumSamples = 16;

/** Step sizes, to half a percent. */
export interface NetworkBoundary {
  /** At which perturbations begin to grow in the second half of the network. */
  readonly measured: number;
  /** At which the geometric mean of max |1 + h λ| over the states there passes 1. */
  readonly predicted: number;
}

/**
 * Both borders of a deep network of forward Euler's blocks.
 *
 * The input is the state that the first block, repeated, rests in. Far from rest the slopes of tanh are smaller, and the
 * largest stable step greater: a network that leaves its rest above the border then circles, and its perturbations
 * neither grow nor fade. At rest, and with blocks all alike, one Jacobian acts over and over, and both borders agree by
 * linear algebra.
 *
 * @param x from where the first block goes to rest
 * @param stream a new stream, the same at each call
 * @param breathe waited for between steps of the search
 */
export async function networkBoundary(
  blocks: readonly Block[],
  x: Vector,
  stream: () => RandomStream,
  breathe: () => Promise<void>,
): Promise<NetworkBoundary> {
  const [first] = blocks as readonly [Block, ...Block[]];
  const small = largestStableStep(jacobianEigenvalues(first, new Float64Array(x.length), stream())) / 2;
  const input = settledState(first, x, small, 2 * blocks.length);
  await breathe();
  const spectraAt = (h: number) => laterSpectra(blocks, input, h, spectrumSamples, stream());
  const middle = Math.exp(meanLogarithm(spectraAt(small).map(largestStableStep)));
  const bisect = async (grows: (h: number) => boolean) => {
    let [stable, unstable] = [middle / 2, 2 * middle];
    while (unstable / stable > 1.005) {
      const between = Math.sqrt(stable * unstable);
      if (grows(between)) unstable = between;
      else stable = between;
      await breathe();
    }
    return Math.sqrt(stable * unstable);
  };
  return {
    measured: await bisect((h) => laterGrowth(blocks, input, h, stream()) > 1),
    predicted: await bisect(
      (h) => meanLogarithm(spectraAt(h).map((spectrum) => eigenvalueGrowth(first, spectrum, h))) > 0,
    ),
  };
}

function meanLogarithm(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.log(value), 0) / values.length;
}
