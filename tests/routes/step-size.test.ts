import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildCifarResNet, buildLinearResNet, checkRoute, fullRoute, keepsShape, type Step } from "../../src/networks";
import { coarsenedRoute, refinedRoute, routeWithStepSize } from "../../src/routes";
import { law } from "../property";

const architectures = fc
  .integer({ min: 1, max: 7 })
  .map((perStage) =>
    buildCifarResNet({ depth: 6 * perStage + 2, inputShape: [8, 8, 1], classes: 10, width: 4, preActivation: true }),
  );
const factors = fc.integer({ min: 1, max: 9 });

const time = (steps: readonly Step[]) => steps.reduce((sum, { scale = 1 }) => sum + scale, 0);

law(
  "finer and coarser routes fit, and take the time of the full one",
  [architectures, factors],
  (architecture, factor) => {
    const keeps = keepsShape(architecture);
    for (const route of [refinedRoute(architecture, factor), coarsenedRoute(architecture, factor)]) {
      checkRoute(architecture, route);
      assert.ok(Math.abs(time(route) - architecture.blocks.length) < 1e-9);
      for (const { block, scale } of route) if (!keeps[block]) assert.is(scale ?? 1, 1);
      const order = route.map(({ block }) => block);
      assert.equal(
        order,
        [...order].sort((one, other) => one - other),
      );
    }
  },
);

law(
  "a route refined by m has m steps a block that keeps its shape",
  [architectures, factors],
  (architecture, parts) => {
    const keeping = keepsShape(architecture).filter((keeps) => keeps).length;
    const changing = architecture.blocks.length - keeping;
    assert.is(refinedRoute(architecture, parts).length, parts * keeping + changing);
  },
);

law("no step of a coarsened route stands for more blocks than told", [architectures, factors], (architecture, span) => {
  const route = coarsenedRoute(architecture, span);
  assert.ok(route.every(({ scale = 1 }) => scale >= 1 && scale <= span));
  if (span > 1 && architecture.blocks.length > 3) assert.ok(route.length < architecture.blocks.length);
});

law("one part, and a span of one, are the full route", [architectures], (architecture) => {
  const full = fullRoute(architecture).map((step) => ({ ...step, scale: 1 }));
  const scaled = (route: readonly Step[]) => route.map((step) => ({ ...step, scale: step.scale ?? 1 }));
  assert.equal(scaled(refinedRoute(architecture, 1)), full);
  assert.equal(scaled(coarsenedRoute(architecture, 1)), full);
  assert.equal(routeWithStepSize(architecture, 1), full);
});

test("by hand: five blocks that keep their shape, in pairs", () => {
  const architecture = buildLinearResNet({ blocks: 5, inputShape: [4, 4, 1], classes: 2, width: 2 });
  const found = coarsenedRoute(architecture, 2).map(({ block, scale }) => [block, scale]);
  assert.equal(found, [
    [0, 2],
    [2, 2],
    [4, 1],
  ]);
});

test("steps are divided and joined by whole numbers", () => {
  const architecture = buildLinearResNet({ blocks: 2, inputShape: [4, 4, 1], classes: 2, width: 2 });
  for (const wrong of [0, -1, 1.5]) {
    assert.throws(() => refinedRoute(architecture, wrong), RangeError);
    assert.throws(() => coarsenedRoute(architecture, wrong), RangeError);
  }
});

test.run();
