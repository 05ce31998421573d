import fc from "fast-check";
import { type Architecture, type Branch, blockShapes, keepsShape, type Route, type Step, sameShape } from "../networks";

/** What a drawn route does at one place, as far as the block there allows. It does not depend on a network. */
export interface RouteChoice {
  /** 0 is both branches, 1 the skip, 2 the residual branch alone. */
  readonly branch: number;
  /** Halves the residual branch. */
  readonly halved: boolean;
  /** Swaps the block with the next one. */
  readonly swapped: boolean;
}

/** Choices for the blocks of a network, one after another; where they end the route is the ordinary one, and the smallest is all of that. */
export const routeChoices: fc.Arbitrary<readonly RouteChoice[]> = fc.array(
  fc.record({ branch: fc.nat({ max: 2 }), halved: fc.boolean(), swapped: fc.boolean() }),
  { maxLength: 64 },
);

/**
 * The route of some choices, which fits the architecture: a block is skipped, or swapped with the next, where its shapes
 * allow it, and where it has no shortcut both its branches are one.
 */
export function routeByChoices(architecture: Architecture, choices: readonly RouteChoice[]): Route {
  const keeps = keepsShape(architecture);
  const shapes = blockShapes(architecture);
  const steps = architecture.blocks.map(({ shortcut }, block): Step => {
    const choice = choices[block];
    const branches: readonly Branch[] =
      shortcut !== null ? ["both", "skip", "residual"] : keeps[block] ? ["both", "skip"] : ["both"];
    const branch = branches[(choice?.branch ?? 0) % branches.length]!;
    return choice?.halved && branch !== "skip" ? { block, branch, scale: 0.5 } : { block, branch };
  });
  for (let place = 0; place + 1 < steps.length; place++) {
    if (!choices[place]?.swapped || !keeps[place] || !keeps[place + 1]) continue;
    if (!sameShape(shapes[place]!, shapes[place + 1]!)) continue;
    [steps[place], steps[place + 1]] = [steps[place + 1]!, steps[place]!];
  }
  return steps;
}

/**
 * Routes through an architecture: blocks deleted, reordered, scaled, or run by their residual branch alone. Each fits (see
 * `checkRoute`); the smallest is the full route.
 */
export function routes(architecture: Architecture): fc.Arbitrary<Route> {
  return routeChoices.map((choices) => routeByChoices(architecture, choices));
}
