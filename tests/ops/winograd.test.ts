/** Convolutions by Winograd's algorithm against sums over the window in double precision. */
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  batchStatistics,
  type ConvolutionGeometry,
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  fusedConvolution,
  normaliseBatch,
  normalisesInput,
  relu,
  toBfloat16,
  toFloat32,
} from "../../src/ops";
import { hasWinogradKernels, ownKernel } from "../../src/ops/kernels";
import {
  bfloat16Problem,
  isBfloat16,
  type KernelAttributes,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tf,
} from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

const processor = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
const isThere = process.arch === "x64" && /\bavx2\b/.test(processor) && /\bfma\b/.test(processor);

test("they are there where the processor has AVX2 and FMA", () => {
  assert.is(hasWinogradKernels(), isThere);
});

/** The same algorithm or none: what the processor has not, its tests do not show. */
const winogradLaw: typeof law = isThere ? law : (title) => test.skip(title, () => {});

/** Shapes that it takes; sides that tiles of 4 pixels divide, and others. */
const problem = fc.record({
  images: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 3, max: 13 }),
  width: fc.integer({ min: 3, max: 13 }),
  channels: fc.constantFrom<number[]>(16, 32, 48),
  filters: fc.constantFrom<number[]>(16, 32, 48),
  padding: fc.constantFrom<ConvolutionGeometry["padding"][]>("same", "valid", 0, 1, 2),
  seed: fc.nat(),
});

function tensorsOf({ images, height, width, channels, filters, padding, seed }: Problem) {
  const geometry = { stride: 1, padding };
  const around = typeof padding === "number" ? padding : padding === "same" ? 1 : 0;
  const grown = 2 * around - 2;
  return {
    geometry,
    around,
    x: normalTensor<Tensor4D>([images, height, width, channels], seed, "x"),
    weights: normalTensor<Tensor4D>([3, 3, channels, filters], seed, "weights"),
    dy: normalTensor<Tensor4D>([images, height + grown, width + grown, filters], seed, "dy"),
  };
}
type Problem = typeof problem extends fc.Arbitrary<infer Value> ? Value : never;

/** More channels, of which it takes more tiles at a time. */
const wide = problem.map((given) => ({ ...given, images: 5, channels: 144, filters: 160 }));

winogradLaw(
  "the convolution and both gradients are the sums over the window, to a few times their rounding",
  [fc.oneof({ weight: 9, arbitrary: problem }, { weight: 1, arbitrary: wide })],
  (given) =>
    withoutLeak(() => {
      const { geometry, around, x, weights, dy } = tensorsOf(given);
      const expected = inDoublePrecision(x, weights, dy, around);
      const [y, dx, dw] = [
        convolution(x, weights, geometry),
        convolutionInputGradient(dy, weights, x.shape, geometry),
        convolutionWeightsGradient(x, dy, weights.shape, geometry),
      ];
      assertClose(y, tf.tensor(expected.y, y.shape), rounding(9 * given.channels), "convolution");
      assertClose(dx, tf.tensor(expected.dx, x.shape), rounding(9 * given.filters), "gradient by the input");
      assertClose(
        dw,
        tf.tensor(expected.dw, weights.shape),
        rounding(given.images * given.height * given.width),
        "gradient by the weights",
      );
    }),
  { numRuns: 40 },
);

winogradLaw(
  "an image comes to the same bits in every batch, and so does its gradient",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { geometry, x, weights, dy } = tensorsOf(given);
      const [y, dx] = [convolution(x, weights, geometry), convolutionInputGradient(dy, weights, x.shape, geometry)];
      tf.split<Tensor4D>(x, given.images).forEach((image, i) => {
        const alone = convolution(image, weights, geometry);
        assert.equal(alone.dataSync(), tf.split(y, given.images)[i]!.dataSync(), `image ${i}`);
        const back = convolutionInputGradient(tf.split<Tensor4D>(dy, given.images)[i]!, weights, image.shape, geometry);
        assert.equal(back.dataSync(), tf.split(dx, given.images)[i]!.dataSync(), `gradient by image ${i}`);
      });
    }),
  { numRuns: 30 },
);

winogradLaw(
  "bias, shortcut and ReLU in the same pass have the bits of single operations, and leave the shortcut as it was",
  [problem, fc.boolean(), fc.boolean(), fc.boolean()],
  (given, biased, adds, rectifies) =>
    withoutLeak(() => {
      const { geometry, x, weights, dy: addend } = tensorsOf(given);
      const bias = normalTensor<Tensor1D>([given.filters], given.seed, "bias");
      const before = addend.dataSync().slice();
      let expected: Tensor4D = convolution(x, weights, geometry);
      if (biased) expected = tf.add(expected, bias);
      if (adds) expected = add(expected, addend);
      if (rectifies) expected = relu(expected);
      const options = { bias: biased ? bias : null, ...(adds ? { addend } : {}), relu: rectifies };
      for (const convolve of [convolution, fusedConvolution]) {
        assert.equal(convolve(x, weights, geometry, options).dataSync(), expected.dataSync());
      }
      assert.equal(addend.dataSync(), before, "the shortcut was overwritten");
    }),
  { numRuns: 40 },
);

winogradLaw(
  "an input that is normalised as it is read gives the bits of one that is normalised before, and so does the gradient by the weights",
  [problem, fc.boolean(), fc.boolean(), fc.constantFrom(0, 3)],
  (given, rectifies, adds, away) =>
    withoutLeak(() => {
      const { geometry, weights, dy, ...tensors } = tensorsOf(given);
      const x: Tensor4D = tf.add(tensors.x, away);
      const scale = normalTensor<Tensor1D>([given.channels], given.seed, "scale");
      const offset = normalTensor<Tensor1D>([given.channels], given.seed, "offset");
      const running = {
        mean: normalTensor<Tensor1D>([given.channels], given.seed, "running mean"),
        variance: tf.ones([given.channels]) as Tensor1D,
        momentum: 0.1,
      };
      assert.ok(normalisesInput(x.shape, weights.shape, geometry));
      const before = normaliseBatch(x, scale, offset, 1e-3, running, { relu: rectifies });
      const found = batchStatistics(x, scale, 1e-3, running);
      const same = (one: Tensor, other: Tensor, what: string) =>
        assert.equal(one.dataSync(), other.dataSync(), `${what}, ${rectifies ? "rectified" : "not rectified"}`);
      for (const [i, one] of before.saved.entries()) same(found.saved[i]!, one, `statistics ${i}`);
      same(found.running!.mean, before.running!.mean, "running mean");
      same(found.running!.variance, before.running!.variance, "running variance");

      const [mean, inverse] = found.saved as [Tensor1D, Tensor1D];
      const normalisation = { mean, inverse, scale, offset, relu: rectifies };
      const options = { ...(adds ? { addend: dy } : {}), relu: adds };
      same(
        convolution(x, weights, geometry, { ...options, normalisation }),
        convolution(before.y, weights, geometry, options),
        "convolution",
      );
      same(
        convolutionWeightsGradient(x, dy, weights.shape, geometry, normalisation),
        convolutionWeightsGradient(before.y, dy, weights.shape, geometry),
        "gradient by the weights",
      );
    }),
  { numRuns: 60 },
);

winogradLaw(
  "what is added to the gradient by the input in the same pass has the bits of adding it after",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { geometry, x: addend, weights, dy } = tensorsOf(given);
      const before = addend.dataSync().slice();
      const alone = convolutionInputGradient(dy, weights, addend.shape, geometry);
      const sum = convolutionInputGradient(dy, weights, addend.shape, geometry, addend);
      assert.equal(sum.dataSync(), add(alone, addend).dataSync());
      assert.equal(addend.dataSync(), before, "what was added was overwritten");
    }),
  { numRuns: 40 },
);

test("a convolution that Winograd's algorithm does not compute refuses to normalise its input", () => {
  tf.tidy(() => {
    const [x, weights, one] = [tf.ones([1, 8, 8, 16]), tf.ones([3, 3, 16, 16]), tf.ones([16])];
    const normalisation = {
      ...{ mean: one as Tensor1D, inverse: one as Tensor1D, scale: one as Tensor1D, offset: one as Tensor1D },
      relu: true,
    };
    const geometry: ConvolutionGeometry = { stride: 2, padding: "same" };
    assert.not.ok(normalisesInput([1, 8, 8, 16], [3, 3, 16, 16], geometry));
    const call = () => convolution(x as Tensor4D, weights as Tensor4D, geometry, { normalisation });
    assert.throws(call, /normalise it before/);
    const dy = tf.ones([1, 4, 4, 16]) as Tensor4D;
    const gradient = () => convolutionWeightsGradient(x as Tensor4D, dy, [3, 3, 16, 16], geometry, normalisation);
    assert.throws(gradient, /cannot have normalised its input/);
  });
});

winogradLaw(
  "on several threads an image comes to the same bits; the gradient by the weights is the sum of their shares",
  [problem, fc.integer({ min: 2, max: 6 })],
  (given, threads) =>
    withoutLeak(() => {
      const { around, x, weights, dy } = tensorsOf(given);
      const on = (
        count: number | undefined,
        what: string,
        inputs: [Tensor, ...Tensor[]],
        more: KernelAttributes = {},
      ) => {
        const own = { ...more, padding: { int: around }, ...(count !== undefined && { threads: { int: count } }) };
        return ownKernel(`CnnFindingsWinograd${what}`, own, 1, inputs[0])(inputs)[0]!;
      };
      const statistics = ["mean", "inverse", "scale", "offset"].map((name) =>
        normalTensor<Tensor1D>([given.channels], given.seed, name),
      );
      const normalised = { statistics: { int: 4 }, rectified: { bool: true } };
      const ending = { ...normalised, biases: { int: 0 }, addends: { int: 1 }, relu: { bool: true } };
      const forward = (count?: number) => on(count, "Convolution", [x, weights, ...statistics, dy], ending).dataSync();
      assert.equal(forward(threads), forward());
      const backward = (count?: number) =>
        on(count, "InputGradient", [dy, weights, x], { addends: { int: 1 } }).dataSync();
      assert.equal(backward(threads), backward());
      const byWeights = (count?: number) => on(count, "WeightsGradient", [x, dy, ...statistics], normalised);
      assertClose(
        byWeights(threads),
        byWeights(),
        rounding(given.images * given.height * given.width),
        "by the weights",
      );
      assert.equal(byWeights(threads).dataSync(), byWeights(threads).dataSync());
    }),
  { numRuns: 40 },
);

const bfloat16Law: typeof law = isThere && bfloat16Problem() === null ? law : (title) => test.skip(title, () => {});

bfloat16Law(
  "in bfloat16 it gives what it gives in float32 for the same values, rounded once; the gradient by the weights is not rounded",
  [problem, fc.boolean()],
  (given, rectifies) =>
    withoutLeak(() => {
      const { geometry, ...tensors } = tensorsOf(given);
      const { weights } = tensors;
      const [x, dy] = [toBfloat16(tensors.x), toBfloat16(tensors.dy)];
      const bias = normalTensor<Tensor1D>([given.filters], given.seed, "bias");
      const [wide, wideDy] = [toFloat32(x), toFloat32(dy)];
      const fused = (input: Tensor4D, addend: Tensor4D) =>
        fusedConvolution(input, weights, geometry, { bias, addend, relu: rectifies });
      const pairs = [
        [convolution(x, weights, geometry), convolution(wide, weights, geometry)],
        [
          convolutionInputGradient(dy, weights, x.shape, geometry),
          convolutionInputGradient(wideDy, weights, x.shape, geometry),
        ],
        [fused(x, dy), fused(wide, wideDy)],
      ] as const;
      for (const [half, full] of pairs) {
        assert.ok(isBfloat16(half));
        assert.equal(toFloat32(half).dataSync(), toFloat32(toBfloat16(full)).dataSync());
      }
      const byWeights = convolutionWeightsGradient(x, dy, weights.shape, geometry);
      assert.equal(byWeights.dataSync(), convolutionWeightsGradient(wide, wideDy, weights.shape, geometry).dataSync());
    }),
  { numRuns: 40 },
);

winogradLaw(
  "what is not a number spreads no further than its window's tile, through a ReLU too",
  [fc.nat(), fc.constantFrom(Number.NaN, Infinity)],
  (seed, value) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>([2, 9, 9, 16], seed, "x");
      const values = x.dataSync().slice();
      values[0] = value; // the first pixel of the first image
      const weights = normalTensor<Tensor4D>([3, 3, 16, 16], seed, "weights");
      const y = fusedConvolution(
        tf.tensor4d(values, [2, 9, 9, 16]),
        weights,
        { stride: 1, padding: "same" },
        { relu: true },
      );
      const [first, second] = tf.split(y, 2).map((image) => image.dataSync());
      assert.ok(Number.isNaN(first![0]!), "the first pixel");
      assert.ok(second!.every(Number.isFinite), "the other image");
      assert.ok(tf.slice(y, [0, 4, 4, 0], [1, 5, 5, 16]).dataSync().every(Number.isFinite), "other tiles");
    }),
  { numRuns: 10 },
);

test("what it cannot compute is refused by name", () => {
  if (!isThere) return;
  tf.tidy(() => {
    const [none, no] = [{ int: 0 }, { bool: false }];
    const attributes = { statistics: none, rectified: no, biases: none, addends: none, relu: no };
    const kernel = (padding: number, more: KernelAttributes) =>
      ownKernel(
        "CnnFindingsWinogradConvolution",
        { ...attributes, padding: { int: padding }, ...more },
        1,
        tf.scalar(0),
      );
    const refuses = (inputs: Tensor[], padding: number, message: RegExp, more: KernelAttributes = {}) =>
      assert.throws(() => kernel(padding, more)(inputs), message);
    const four = Array.from({ length: 4 }, () => tf.ones([12]));
    const statistics = { statistics: { int: 4 } };
    refuses(
      [tf.ones([1, 4, 4, 16]), tf.ones([3, 3, 16, 16]), ...four],
      1,
      /four statistics of each channel/,
      statistics,
    );
    refuses([tf.ones([1, 4, 4, 16]), tf.ones([3, 3, 32, 16])], 1, /for as many channels/);
    refuses([tf.ones([1, 4, 4, 12]), tf.ones([3, 3, 12, 16])], 1, /a multiple of 16 channels/);
    refuses([tf.ones([1, 4, 4, 272]), tf.ones([3, 3, 272, 16])], 1, /at most 256/);
    refuses([tf.ones([1, 2, 4, 16]), tf.ones([3, 3, 16, 16])], 0, /that the window fits in/);
    refuses([tf.ones([1, 4, 4, 16]), tf.ones([3, 3, 16, 16])], 3, /a padding of at most 2/);
    refuses([tf.ones([4, 4, 16]), tf.ones([3, 3, 16, 16])], 1, /need images/);
  });
});

/** What a sum of so many terms may err by, over its largest value: some two and a half times what adding them one by one in float32 errs by. */
function rounding(terms: number): number {
  return 2.5 * 2 ** -24 * Math.sqrt(Math.max(terms, 144));
}

/** y, and by dy the gradients, as sums over the window of 3x3 pixels, in double precision. */
function inDoublePrecision(x: Tensor4D, weights: Tensor4D, dy: Tensor4D, around: number) {
  const [images, height, width, channels] = x.shape;
  const [, high, wide, filters] = dy.shape;
  const [input, taps, gradient] = [x, weights, dy].map((tensor) => tensor.dataSync<"float32">()) as Float32Array[];
  const [y, dx, dw] = [gradient, input, taps].map((like) => new Float64Array(like!.length)) as Float64Array[];
  for (let image = 0; image < images; image++)
    for (let row = 0; row < high; row++)
      for (let column = 0; column < wide; column++)
        for (let tap = 0; tap < 9; tap++) {
          const [up, left] = [row + Math.floor(tap / 3) - around, column + (tap % 3) - around];
          if (up < 0 || left < 0 || up >= height || left >= width) continue;
          const from = ((image * height + up) * width + left) * channels;
          const to = ((image * high + row) * wide + column) * filters;
          for (let channel = 0; channel < channels; channel++)
            for (let filter = 0; filter < filters; filter++) {
              const weight = (tap * channels + channel) * filters + filter;
              y![to + filter]! += input![from + channel]! * taps![weight]!;
              dx![from + channel]! += gradient![to + filter]! * taps![weight]!;
              dw![weight]! += input![from + channel]! * gradient![to + filter]!;
            }
        }
  return { y: Float32Array.from(y!), dx: Float32Array.from(dx!), dw: Float32Array.from(dw!) };
}

test.run();
