/** Receptive fields by gradient, against the sum over layers that is worked out by hand. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { averagePool, convolution, type Layer, maxPool, receptiveField } from "../../src/networks";
import { tf } from "../../src/runtime";
import { law } from "../property";

const side = 21;
const seed = fc.nat();
/** Kernels of a stack whose field stays inside the image. */
const kernels = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), {
  minLength: 1,
  maxLength: 4,
});

const stack = (sizes: readonly (readonly [number, number])[]): Layer[] =>
  sizes.map((size, i) => convolution(`convolution${i}`, { filters: 2, size, padding: "same" }));

law(
  "a stack of convolutions with stride 1 sees 1 + Σ (F - 1) pixels in each direction, every one of them",
  [kernels, fc.integer({ min: 1, max: 3 }), seed],
  (sizes, channels, seedNumber) => {
    const before = tf.memory().numTensors;
    const field = receptiveField(stack(sizes), { side, channels, seed: seedNumber });
    const extent = (which: 0 | 1) => 1 + sizes.reduce((sum, size) => sum + size[which] - 1, 0);
    assert.equal(field, { height: extent(0), width: extent(1), pixels: extent(0) * extent(1) });
    assert.is(tf.memory().numTensors, before, "tensors were left behind");
  },
  { numRuns: 20 },
);

law(
  "the order of kernels does not change what they see together",
  [kernels, seed],
  (sizes, seedNumber) => {
    const options = { side, channels: 1, seed: seedNumber };
    assert.equal(receptiveField(stack(sizes), options), receptiveField(stack([...sizes].reverse()), options));
  },
  { numRuns: 10 },
);

test("a stride multiplies what later layers see: 3x3 with stride 2, then 3x3, see 7 pixels", () => {
  // Araujo, Norris & Sim 2019, Distill, eq. 1: 1 + (3 - 1) + 2 (3 - 1)
  const layers = [convolution("first", { filters: 3, stride: 2 }), convolution("second", { filters: 3 })];
  assert.equal(receptiveField(layers, { side, channels: 3, seed: 1 }), { height: 7, width: 7, pixels: 49 });
});

test("average pooling sees its window, max pooling one pixel of it", () => {
  const options = { side, channels: 1, seed: 1 };
  assert.equal(receptiveField([averagePool(3, 1, 1)], options), { height: 3, width: 3, pixels: 9 });
  assert.is(receptiveField([maxPool(3, 1, 1)], options).pixels, 1);
});

test("a field that the image's edge may cut off is refused", () => {
  assert.throws(
    () => receptiveField(stack([[5, 5]]), { side: 5, channels: 1, seed: 1 }),
    /at least 5 x 5 pixels reaches the edge of an image of 5/,
  );
});

test.run();
