import { type Architecture, fullRoute, type Route } from "../../src/networks";
import { randomStream } from "../../src/random";
import {
  blockOrders,
  deletableBlocks,
  evenInversions,
  reorderedRoute,
  routeWithout,
  sampleBlocks,
} from "../../src/routes";
import type { Task } from "../task";

/** The works whose contenders measure many routes through one network. */
const sweeps = ["deletion sweep", "several deletions", "orders"];

/** Whether contenders of this work need routes. */
export function isSweep({ work }: Task): boolean {
  return sweeps.includes(work);
}

/** The routes of the experiments block-deletion and block-reordering. */
export function routesOf({ work, draws }: Task, architecture: Architecture): Route[] {
  const blocks = deletableBlocks(architecture);
  if (work === "orders") {
    const orders = blockOrders(architecture);
    return evenInversions(orders.mostInversions, draws).map((inverted, i) =>
      reorderedRoute(architecture, orders.sample(inverted, randomStream(1, "order of blocks", i))),
    );
  }
  const sets =
    work === "several deletions"
      ? blocks.flatMap((_, i) =>
          Array.from({ length: draws }, (__, draw) =>
            sampleBlocks(blocks, i + 1, randomStream(1, "deleted blocks", i + 1, draw)),
          ),
        )
      : blocks.map((block) => [block]);
  return [fullRoute(architecture), ...sets.map((set) => routeWithout(architecture, set))];
}

/**
 * Routes as a file of tensors takes them, a row each: the number of the block at each place, from 1, negative where its skip
 * alone is taken.
 */
export function encodeRoutes(routes: readonly Route[]): { shape: [number, number]; data: Float32Array } {
  const data = routes.flatMap((route) =>
    route.map(({ block, branch }) => (branch === "skip" ? -(block + 1) : block + 1)),
  );
  return { shape: [routes.length, data.length / routes.length], data: Float32Array.from(data) };
}
