import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type ConvolutionGeometry,
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  fusedConvolution,
} from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { hasOneDnnKernels } from "../../src/ops/kernels";
import { type Tensor1D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, withoutLeak } from "../tensors";

interface Problem {
  readonly x: readonly [number, number, number, number];
  readonly weights: readonly [number, number, number, number];
  readonly geometry: ConvolutionGeometry;
  readonly seed: number;
}

/** Convolutions that fit: kernels of odd and even sides, strides to 3, all kinds of padding, with groups and depthwise. */
const problem: fc.Arbitrary<Problem> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    channels: fc.integer({ min: 1, max: 20 }),
    filters: fc.integer({ min: 1, max: 20 }),
    groups: fc.constantFrom(undefined, 1, 2, 3, 5, "depthwise" as const),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom<ConvolutionGeometry["padding"][]>("same", "valid", 0, 1, 2),
    seed: fc.nat(),
  })
  .map(({ batch, height, width, channels, filters, groups, size, stride, padding, seed }) => {
    const count = groups === "depthwise" ? channels : (groups ?? 1);
    const [own, each] = groups === "depthwise" ? [1, Math.min(filters, 3)] : [channels, filters].map(shareOf(count));
    return {
      x: [batch, height, width, count * own!],
      weights: [size, size, own!, count * each!],
      geometry: { stride, padding, ...(groups !== undefined && { groups: count }) },
      seed,
    };
  });

/** Of so many in all, roughly, how many each of some groups gets. */
function shareOf(groups: number): (all: number) => number {
  return (all) => Math.ceil(all / groups);
}

const tensors = ({ x, weights, seed }: Problem) => ({
  x: normalTensor<Tensor4D>(x, seed, "x"),
  weights: normalTensor<Tensor4D>(weights, seed, "weights"),
});

law(
  "the convolution is the sum over its window, computed in double precision",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, weights } = tensors(given);
      const y = convolution(x, weights, given.geometry);
      assertClose(y, summedOverWindows(x, weights, given.geometry, y.shape), 1e-5, "convolution");
    }),
  { numRuns: 60 },
);

law(
  "the convolution and both gradients equal the composed ones",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, weights } = tensors(given);
      const y = convolution(x, weights, given.geometry);
      const dy = normalTensor<Tensor4D>(y.shape, given.seed, "dy");
      assertClose(y, composed.convolution(x, weights, given.geometry), 1e-5, "convolution");
      assertClose(
        convolutionInputGradient(dy, weights, given.x, given.geometry),
        composed.convolutionInputGradient(dy, weights, given.x, given.geometry),
        1e-5,
        "gradient by the input",
      );
      assertClose(
        convolutionWeightsGradient(x, dy, given.weights, given.geometry),
        composed.convolutionWeightsGradient(x, dy, given.weights, given.geometry),
        1e-4,
        "gradient by the weights",
      );
    }),
  { numRuns: 60 },
);

law(
  "both gradients are adjoint to the convolution: <A x, dy> = <x, A' dy>",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, weights } = tensors(given);
      const y = convolution(x, weights, given.geometry);
      const dy = normalTensor<Tensor4D>(y.shape, given.seed, "dy");
      const product = innerProduct(y, dy);
      const byInput = innerProduct(x, convolutionInputGradient(dy, weights, given.x, given.geometry));
      const byWeights = innerProduct(weights, convolutionWeightsGradient(x, dy, given.weights, given.geometry));
      const tolerance = 1e-4 * (1 + Math.sqrt(innerProduct(y, y) * innerProduct(dy, dy)));
      assert.ok(Math.abs(product - byInput) < tolerance, `by the input: ${product} and ${byInput}`);
      assert.ok(Math.abs(product - byWeights) < tolerance, `by the weights: ${product} and ${byWeights}`);
    }),
  { numRuns: 60 },
);

law(
  "bias, shortcut and ReLU in one pass equal the composed operations, and leave the shortcut as it was",
  [problem, fc.boolean(), fc.boolean(), fc.boolean()],
  (given, biased, adds, relu) =>
    withoutLeak(() => {
      const { x, weights } = tensors(given);
      const bias = biased ? normalTensor<Tensor1D>([given.weights[3]], given.seed, "bias") : null;
      let expected = composed.convolution(x, weights, given.geometry);
      if (bias !== null) expected = tf.add(expected, bias);
      const addend = normalTensor<Tensor4D>(expected.shape, given.seed, "addend");
      const before = addend.dataSync().slice();
      if (adds) expected = tf.add(expected, addend);
      if (relu) expected = tf.relu(expected);
      const y = fusedConvolution(x, weights, given.geometry, { bias, ...(adds ? { addend } : {}), relu });
      assertClose(y, expected, 1e-5, "fused convolution");
      assert.equal(addend.dataSync(), before, "the shortcut was overwritten");
    }),
  { numRuns: 100 },
);

// Not to the bit: on a processor with AVX2 alone oneDNN takes another kernel without a bias, which rounds a product and its sum once.
law(
  "a bias of zeros changes no value but by rounding",
  [problem, fc.boolean(), fc.boolean()],
  (given, adds, relu) =>
    withoutLeak(() => {
      const { x, weights } = tensors(given);
      const without = convolution(x, weights, given.geometry);
      const options = {
        ...(adds ? { addend: normalTensor<Tensor4D>(without.shape, given.seed, "addend") } : {}),
        relu,
      };
      const zeros = tf.zeros([given.weights[3]]) as Tensor1D;
      const y = fusedConvolution(x, weights, given.geometry, { ...options, bias: zeros });
      assertClose(fusedConvolution(x, weights, given.geometry, options), y, 1e-6, "fused convolution");
    }),
  { numRuns: 100 },
);

test("on x86 without a GPU the fused kernels are there", () => {
  if (process.arch !== "x64" || process.platform !== "linux") return;
  assert.ok(hasOneDnnKernels());
});

/** The definition, written out. */
function summedOverWindows(
  x: Tensor4D,
  weights: Tensor4D,
  { stride, padding, groups = 1 }: ConvolutionGeometry,
  [batch, rows, columns, filters]: Tensor4D["shape"],
): Tensor4D {
  const [size, , channels] = weights.shape;
  const [, height, width] = x.shape;
  const before = (input: number, output: number) =>
    padding === "same"
      ? Math.floor(Math.max(0, (output - 1) * stride + size - input) / 2)
      : padding === "valid"
        ? 0
        : padding;
  const [top, left] = [before(height, rows), before(width, columns)];
  const [input, kernel] = [x.arraySync(), weights.arraySync()];
  const output = tf.buffer([batch, rows, columns, filters]);
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let filter = 0; filter < filters; filter++) {
          const first = Math.floor(filter / (filters / groups)) * channels;
          let sum = 0;
          for (let i = 0; i < size; i++) {
            for (let j = 0; j < size; j++) {
              const pixel = input[b]![row * stride + i - top]?.[column * stride + j - left];
              for (let c = 0; c < channels; c++) sum += (pixel?.[first + c] ?? 0) * kernel[i]![j]![c]![filter]!;
            }
          }
          output.set(sum, b, row, column, filter);
        }
      }
    }
  }
  return output.toTensor() as Tensor4D;
}

test.run();
