import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ConvolutionGeometry, fusedConvolution } from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { hasOneDnnKernels } from "../../src/ops/onednn";
import { type Tensor1D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

/** Convolutions that fit: kernels of odd and even sides, strides to 3, all kinds of padding. */
const problem = fc.record({
  x: fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 3, max: 9 }),
    fc.integer({ min: 3, max: 9 }),
    fc.integer({ min: 1, max: 20 }),
  ),
  filters: fc.integer({ min: 1, max: 20 }),
  size: fc.integer({ min: 1, max: 3 }),
  geometry: fc.record({
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom<ConvolutionGeometry["padding"][]>("same", "valid", 0, 1, 2),
  }),
  adds: fc.boolean(),
  relu: fc.boolean(),
  seed: fc.nat(),
});

law(
  "bias, shortcut and ReLU in one pass equal the composed operations, and leave the shortcut as it was",
  [problem],
  ({ x: shape, filters, size, geometry, adds, relu, seed }) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const weights = normalTensor<Tensor4D>([size, size, shape[3], filters], seed, "weights");
      const bias = normalTensor<Tensor1D>([filters], seed, "bias");
      const biased: Tensor4D = tf.add(composed.convolution(x, weights, geometry), bias);
      const addend = normalTensor<Tensor4D>(biased.shape, seed, "addend");
      const before = addend.dataSync().slice();
      const sum = adds ? tf.add(biased, addend) : biased;
      const y = fusedConvolution(x, weights, bias, geometry, { ...(adds ? { addend } : {}), relu });
      assertClose(y, relu ? tf.relu(sum) : sum, 1e-5, "fused convolution");
      assert.equal(addend.dataSync(), before, "the shortcut was overwritten");
    }),
  { numRuns: 100 },
);

test("on x86 without a GPU the fused kernels are there", () => {
  if (process.arch !== "x64" || process.platform !== "linux") return;
  assert.ok(hasOneDnnKernels());
});

test.run();
