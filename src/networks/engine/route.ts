/**
 * A route: which blocks run, in which order, and which branch of each is taken, on one set of weights.
 */
import type { RandomStream } from "../../random";
import type { Architecture } from "./architecture";
import { blockShapes, sameShape } from "./shapes";

/** `both`: join(F(x) + shortcut(x)); `residual`: join(F(x)); `skip`: join(shortcut(x)), or x where there is no shortcut. */
export type Branch = "both" | "residual" | "skip";

/** One block, and how it is run. */
export interface Step {
  /** Index of the block in the architecture. */
  readonly block: number;
  readonly branch: Branch;
  /**
   * Factor on the residual branch, scale F(x); 1 by default. A survival probability at test time (Huang et al. 2016,
   * arXiv:1603.09382, eq. 5), or a step size against the one a network was trained with.
   */
  readonly scale?: number;
}

/** The steps of one pass through a network, in their order. */
export type Route = readonly Step[];

/** Ordinary inference: every block in order, with both branches (the only one there is, in a network without skips). */
export function fullRoute({ blocks }: Pick<Architecture, "blocks">): Route {
  return blocks.map((_, block) => ({ block, branch: "both" }));
}

/**
 * Checks that a route fits together.
 *
 * @throws RangeError when it names a block that is not there, when a scale is not finite, when a block gets activations of
 *   another shape than it was built for, or when a block without a shortcut is to be skipped although it changes the shape:
 *   there is no identity between different shapes
 */
export function checkRoute(architecture: Architecture, route: Route): void {
  const shapes = blockShapes(architecture);
  let shape = shapes[0]!;
  for (const { block: index, branch, scale = 1 } of route) {
    const block = architecture.blocks[index];
    if (block === undefined) {
      throw new RangeError(`${architecture.name} has blocks 0 to ${architecture.blocks.length - 1}, got ${index}`);
    }
    if (!Number.isFinite(scale)) throw new RangeError(`${block.name} needs a finite scale, got ${scale}`);
    const [input, output] = [shapes[index]!, shapes[index + 1]!];
    if (!sameShape(shape, input)) {
      throw new RangeError(`${block.name} needs activations [${input}], but the route brings it [${shape}]`);
    }
    if (branch === "skip" && block.shortcut === null && !sameShape(input, output)) {
      throw new RangeError(
        `${block.name} has no shortcut and changes [${input}] to [${output}]: it cannot be skipped, since no identity fits`,
      );
    }
    shape = output;
  }
  const last = shapes[shapes.length - 1]!;
  if (!sameShape(shape, last)) {
    throw new RangeError(
      `the head of ${architecture.name} needs activations [${last}], but the route ends in [${shape}]`,
    );
  }
}

/**
 * How a route is sampled for each mini-batch, which says which blocks it trains. Plain data: it is part of what determines a
 * trained network.
 *
 * Sources: stochastic depth, Huang et al. 2016, arXiv:1603.09382, sec. 3; training of short paths, Veit et al. 2016,
 * arXiv:1605.06431, sec. 5.
 */
export type RouteSampling =
  /** Each block's residual branch runs with a probability of its own, independent of the others: stochastic depth. */
  | { readonly kind: "survival"; readonly probabilities: readonly number[] }
  /** Exactly `count` residual branches run, each set of blocks equally likely: paths of at most that length. */
  | { readonly kind: "few blocks"; readonly count: number };

/**
 * Survival probabilities that fall linearly with depth: p_t = 1 - t/N (1 - p_N) for t = 1, ..., N.
 *
 * Source: Huang et al. 2016, eq. 4.
 *
 * @param blocks N
 * @param last p_N, in [0, 1]
 */
export function linearSurvival(blocks: number, last: number): number[] {
  return Array.from({ length: blocks }, (_, i) => 1 - ((i + 1) / blocks) * (1 - last));
}

/** The same survival probability for every block. */
export function uniformSurvival(blocks: number, probability: number): number[] {
  return Array.from({ length: blocks }, () => probability);
}

/**
 * The probability with which each block's residual branch runs.
 *
 * @throws RangeError when the sampling does not fit the network: a probability for each block, in [0, 1]; a count from 0 to
 *   the number of blocks
 */
export function survivalProbabilities({ name, blocks }: Architecture, sampling: RouteSampling): readonly number[] {
  if (sampling.kind === "few blocks") {
    const { count } = sampling;
    if (Number.isInteger(count) && count >= 0 && count <= blocks.length) {
      return uniformSurvival(blocks.length, count / blocks.length);
    }
    throw new RangeError(`need a whole number from 0 to ${blocks.length} blocks of ${name}, got ${count}`);
  }
  const { probabilities } = sampling;
  if (probabilities.length !== blocks.length) {
    throw new RangeError(
      `need ${blocks.length} survival probabilities, one a block of ${name}, got ${probabilities.length}`,
    );
  }
  const odd = probabilities.find((probability) => !(probability >= 0 && probability <= 1));
  if (odd !== undefined) throw new RangeError(`a survival probability must be in [0, 1], got ${odd}`);
  return probabilities;
}

/**
 * A route through all blocks in order; those that are not sampled are skipped.
 *
 * @throws RangeError as `survivalProbabilities`
 */
export function sampleRoute(architecture: Architecture, sampling: RouteSampling, stream: RandomStream): Route {
  const probabilities = survivalProbabilities(architecture, sampling);
  const runs =
    sampling.kind === "survival"
      ? probabilities.map((probability) => stream.uniform() < probability)
      : stream.shuffle(probabilities.map((_, i) => i < sampling.count));
  return fullRoute(architecture).map((step, i) => (runs[i] ? step : { ...step, branch: "skip" }));
}

/**
 * The full route with each residual branch scaled by its survival probability: at test time, the expectation of each
 * block's output over the sampled routes.
 *
 * Source: Huang et al. 2016, eq. 5.
 *
 * @throws RangeError as `survivalProbabilities`
 */
export function expectedRoute(architecture: Architecture, sampling: RouteSampling): Route {
  const probabilities = survivalProbabilities(architecture, sampling);
  return fullRoute(architecture).map((step, i) => ({ ...step, scale: probabilities[i]! }));
}
