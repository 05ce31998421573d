/** What is drawn: networks, routes and images that fit, and small ones when something is to be shown. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type ArchitectureFunction,
  architectures,
  generatedArchitectures,
  imageBatches,
  imagesOf,
  routeByChoices,
  routeChoices,
  routes,
} from "../../src/laws";
import { checkRoute, families, fullRoute, parameterSpecifications, type Route } from "../../src/networks";
import { law } from "../property";
import { withoutLeak } from "../tensors";
import { misfitFamily, plainNetwork, sound } from "./broken";

/** The smallest drawn value that is not as told: what fast-check shrinks to. */
function smallest<Value>(arbitrary: fc.Arbitrary<Value>, isOrdinary: (value: Value) => boolean): Value {
  const { counterexample } = fc.check(fc.property(arbitrary, isOrdinary), { seed: 3, numRuns: 300 });
  return counterexample![0];
}

law("drawn routes fit their network", [architectures(families), routeChoices], (architecture, choices) => {
  checkRoute(architecture, routeByChoices(architecture, choices));
});

law("drawn routes fit networks of all kinds of layers", [generatedArchitectures(), routeChoices], (built, choices) => {
  checkRoute(built, routeByChoices(built, choices));
});

law("without choices a route is the full one", [architectures(families)], (architecture) => {
  assert.equal(routeByChoices(architecture, []), fullRoute(architecture));
});

test("routes delete, scale, reorder and take residual branches alone; the smallest does one of these to one block", () => {
  const deep = families
    .find(({ prefix }) => prefix === "resnet")!
    .build({ depth: 20, inputShape: [8, 8, 1], classes: 2 });
  const drawn = fc.sample(routes(deep), { seed: 1, numRuns: 100 });
  const some = (is: (route: Route) => boolean) => drawn.some(is);
  assert.ok(some((route) => route.some(({ branch }) => branch === "skip")));
  assert.ok(some((route) => route.some(({ branch }) => branch === "residual")));
  assert.ok(some((route) => route.some(({ scale }) => scale === 0.5)));
  assert.ok(some((route) => route.some(({ block }, place) => block > place)));
  const differing = smallest(routes(deep), (route) => route.every(({ branch }) => branch === "both"));
  assert.equal(differing, [{ block: 0, branch: "skip" }, ...fullRoute(deep).slice(1)]);
});

test("a route through a network without skips deletes only what keeps its shape", () => {
  const plain = families
    .find(({ prefix }) => prefix === "plain")!
    .build({ depth: 8, inputShape: [8, 8, 1], classes: 2 });
  const deleted = new Set(
    fc
      .sample(routes(plain), { seed: 1, numRuns: 100 })
      .flatMap((route) => route.flatMap(({ block, branch }) => (branch === "skip" ? [block] : []))),
  );
  assert.equal([...deleted].sort(), [0, 1, 3, 5]);
});

test("the smallest members of a subject have its least depth, width, sides, channels and classes", () => {
  const family = smallest(architectures(misfitFamily, { sides: [10, 12] }), () => false);
  assert.equal([family.name, family.inputShape, family.classes], ["misfit4", [10, 10, 1], 2]);
  const built = smallest(architectures(sound), () => false);
  assert.equal([built.inputShape, built.classes], [[8, 8, 1], 2]);
  const resized = smallest(architectures(plainNetwork(2)), () => false);
  assert.equal(resized, plainNetwork(2));
});

law("an architecture is tried on its own images and larger ones", [architectures(plainNetwork(2))], (resized) => {
  const [height, width, channels] = resized.inputShape;
  assert.ok(height >= 6 && height <= 15 && width >= 6 && width <= 15);
  assert.is(channels, 2);
  assert.equal(parameterSpecifications(resized), parameterSpecifications(plainNetwork(2)));
});

test("several subjects are all drawn", () => {
  const only: ArchitectureFunction = (options) => ({ ...sound(options), name: "only" });
  const names = fc.sample(architectures([sound, misfitFamily, only]), { seed: 1, numRuns: 60 }).map(({ name }) => name);
  assert.equal([...new Set(names)].sort(), ["misfit4", "misfit6", "only", "sound"]);
});

law(
  "images have the network's shape; equal batches give equal ones",
  [imageBatches(), fc.nat()],
  (batch, other) => {
    withoutLeak(() => {
      const architecture = plainNetwork(2);
      const one = imagesOf(architecture, batch);
      assert.equal(one.shape, [batch.count, 6, 6, 2]);
      const values = [...one.dataSync()];
      assert.equal([...imagesOf(architecture, batch).dataSync()], values);
      if (other === batch.seed) return;
      assert.not.equal([...imagesOf(architecture, { ...batch, seed: other }).dataSync()], values);
    });
  },
  { numRuns: 20 },
);

test("images of one value hold it everywhere", () => {
  withoutLeak(() => {
    for (const [content, value] of [
      ["zeros", 0],
      ["ones", 1],
    ] as const) {
      const values = imagesOf(plainNetwork(2), { count: 1, content, seed: 4 }).dataSync();
      assert.equal([...values], Array(72).fill(value));
    }
  });
});

test.run();
