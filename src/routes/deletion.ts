/**
 * Routes of the deletion studies: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1 and 4.2.
 */
import { type Architecture, fullRoute, keepsShape, type Route } from "../networks";
import type { RandomStream } from "../random";

/** The full route without the residual branches of some blocks: their skips alone remain. */
export function routeWithout(architecture: Architecture, deleted: Iterable<number>): Route {
  return withoutBlocks(fullRoute(architecture), deleted);
}

/** The same of any route: one with scaled branches, for one. */
export function withoutBlocks(route: Route, deleted: Iterable<number>): Route {
  const missing = new Set(deleted);
  return route.map((step) => (missing.has(step.block) ? { block: step.block, branch: "skip" } : step));
}

/**
 * Indices of the blocks that can be deleted: all of a network with shortcuts; of one without, those that keep their shape.
 */
export function deletableBlocks(architecture: Architecture): number[] {
  const keeps = keepsShape(architecture);
  return architecture.blocks.flatMap(({ shortcut }, i) => (shortcut !== null || keeps[i] ? [i] : []));
}

/**
 * Which blocks to delete: `count` different ones of those given, each set equally likely.
 *
 * @throws RangeError when there are fewer
 */
export function sampleBlocks(blocks: readonly number[], count: number, stream: RandomStream): number[] {
  if (count > blocks.length) throw new RangeError(`cannot delete ${count} of ${blocks.length} blocks`);
  return stream
    .shuffle([...blocks])
    .slice(0, count)
    .sort((one, other) => one - other);
}
