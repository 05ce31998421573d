/**
 * A route: which blocks run, in which order, and which branch of each is taken, on one set of weights.
 */
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
   * Factor on the residual branch, scale F(x); 1 unless told. A survival probability at test time (Huang et al. 2016,
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
 * @throws RangeError when it names a block that is not there, when a scale is not finite, when a block gets activations of another shape than it was
 *   built for, or when a block without a shortcut is to be skipped though it changes the shape: there is no identity
 *   between different shapes
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
