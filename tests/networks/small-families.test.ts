import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  backward,
  blockShapes,
  forward,
  multiplyAccumulates,
  newTape,
  parameterCounts,
  parameterSpecifications,
  placedLayers,
  runBlock,
  runStem,
  sameShape,
  smallFamilies,
  smallFamilyByName,
} from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { normalTensor, withNetwork } from "../tensors";

/** Counted on rebuilds in PyTorch by `references/small_family_counts.py`, by network and images. */
const counted = JSON.parse(readFileSync(join(__dirname, "references", "small-family-counts.json"), "utf8")) as Record<
  string,
  Record<string, { trainable: number; total: number; multiplyAccumulates: number }>
>;

for (const { name, build } of smallFamilies) {
  test(`${name} has PyTorch's parameters and multiply-accumulates`, () => {
    const images = Object.entries(counted[name]!);
    assert.is(images.length, 2);
    for (const [shape, expected] of images) {
      const [height, width, channels] = shape.split("x").map(Number) as [number, number, number];
      const built = build({ inputShape: [height, width, channels], classes: 10 });
      assert.equal({ ...parameterCounts(built), multiplyAccumulates: multiplyAccumulates(built) }, expected, shape);
    }
  });
}

test("the families come in the order of their years, and each is found by its name", () => {
  smallFamilies.forEach((family, i) => {
    assert.ok(i === 0 || family.year >= smallFamilies[i - 1]!.year, family.name);
    assert.is(smallFamilyByName(family.name), family);
  });
  assert.is(new Set(smallFamilies.map(({ title }) => title)).size, smallFamilies.length);
});

test("a name that no small network has is an error that lists those there are", () => {
  assert.throws(() => smallFamilyByName("small-alex"), /no small network "small-alex"; there are small-lenet5, /);
});

test("there is a normalisation for every convolution but a classifier's, and no dropout", () => {
  for (const { name, build } of smallFamilies) {
    const layers = placedLayers(build({ inputShape: [14, 14, 1], classes: 10 })).map(({ layer }) => layer);
    const convolutions = layers.filter((layer) => layer.kind === "convolution" && layer.name !== "head/classifier");
    const count = (kind: string) => layers.filter((layer) => layer.kind === kind).length;
    assert.ok(convolutions.length > 0 && count("batch normalisation") >= convolutions.length, name);
    assert.is(count("dropout") + count("local response normalisation"), 0, name);
  }
});

/** A network of any width on images of any size that it takes. */
const architecture: fc.Arbitrary<Architecture> = fc
  .record({
    family: fc.constantFrom(...smallFamilies),
    height: fc.integer({ min: 8, max: 17 }),
    width: fc.integer({ min: 8, max: 17 }),
    channels: fc.integer({ min: 1, max: 3 }),
    classes: fc.integer({ min: 2, max: 11 }),
    filters: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ family, height, width, channels, classes, filters }) =>
    family.build({ inputShape: [height, width, channels], classes, width: filters }),
  );

law(
  "on images of any size real blocks have the computed shapes, and every trainable parameter has a finite gradient",
  [architecture, fc.nat()],
  (given, seed) => {
    const shapes = blockShapes(given);
    withNetwork(given, seed, (network) => {
      const images = normalTensor<Tensor4D>([4, ...given.inputShape], seed, "images");
      let x = runStem(network, images, "batch statistics");
      given.blocks.forEach((block, i) => {
        assert.equal(x.shape, [4, ...shapes[i]!], `into ${block.name}`);
        x = runBlock(network, { block: i, branch: "both" }, x, "batch statistics");
      });
      assert.equal(x.shape, [4, ...shapes.at(-1)!], "out of the last block");

      const tape = newTape();
      const logits = forward(network, images, { mode: "training", tape });
      assert.equal(logits.shape, [4, given.classes]);
      const targets = tf.softmax(normalTensor<Tensor2D>([4, given.classes], seed, "targets"));
      const { parameters } = backward(network, tape, softmaxCrossEntropy(logits, targets).gradient);
      const finite = (tensor: Tensor) => tensor.dataSync<"float32">().every(Number.isFinite);
      assert.ok(finite(logits), "logits");
      for (const { name, shape, trainable } of parameterSpecifications(given)) {
        const gradient = parameters.get(name);
        assert.is(gradient !== undefined, trainable, name);
        if (gradient !== undefined) assert.ok(finite(gradient) && sameShape(gradient.shape, shape), name);
      }
    });
  },
  { numRuns: 30 },
);

law(
  "a network of twice the width has twice the filters in every convolution, but for the classifier's",
  [fc.constantFrom(...smallFamilies), fc.constantFrom(16, 32)],
  ({ build }, width) => {
    const filtersOf = (filters: number) =>
      placedLayers(build({ inputShape: [14, 14, 1], classes: 10, width: filters })).flatMap(({ layer }) =>
        layer.kind === "convolution" && layer.name !== "head/classifier" ? [layer.filters] : [],
      );
    assert.equal(
      filtersOf(2 * width),
      filtersOf(width).map((filters) => 2 * filters),
    );
  },
  { numRuns: 16 },
);

test.run();
