import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  addBias,
  type ConvolutionGeometry,
  concatenate,
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  flatten,
  flattenGradient,
  fusedConvolution,
  gateChannels,
  gateChannelsGradients,
  globalAveragePool,
  globalAveragePoolGradient,
  layerNormalisation,
  layerNormalisationGradients,
  localResponseNormalisation,
  localResponseNormalisationGradient,
  multiply,
  nonlinearity,
  nonlinearityGradient,
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
  type PoolGeometry,
  pool,
  poolGradient,
  relu,
  reluGradient,
  scaleChannels,
  scaleChannelsGradients,
  selectChannels,
  selectChannelsGradient,
  sigmoid,
  sigmoidGradient,
  subsampleAndPad,
  subsampleAndPadGradient,
  sumOverChannels,
  tanh,
  tanhGradient,
  toBfloat16,
  toFloat32,
} from "../../src/ops";
import * as composed from "../../src/ops/composed";
import {
  bfloat16Problem,
  isBfloat16,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tf,
} from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

/** Largest relative error of a value that is rounded to eight bits. */
const rounding = 2 ** -8;

/** What the processor has not, its tests do not show. */
const bfloat16Law: typeof law = bfloat16Problem() === null ? law : (title) => test.skip(title, () => {});

/** Normal values that bfloat16 holds exactly, in both precisions: so an operation's own error is all that differs. */
function normalPair<T extends Tensor>(shape: readonly number[], seed: number, name: string): { half: T; full: T } {
  const half = toBfloat16(normalTensor<T>(shape, seed, name));
  return { half, full: toFloat32(half) };
}

/** Asserts a bfloat16 result: what float32 gives, rounded so many times on the way. */
function assertRounded(result: Tensor, expected: Tensor, roundings: number, what: string): void {
  assert.ok(isBfloat16(result), `${what}: the result is not in bfloat16`);
  assertClose(toFloat32(result), expected, (roundings + 0.02) * rounding, what);
}

/** Asserts a float32 result of bfloat16 inputs. */
function assertWide(result: Tensor, expected: Tensor, tolerance: number, what: string): void {
  assert.not(isBfloat16(result), `${what}: the result is in bfloat16`);
  assertClose(result, expected, tolerance, what);
}

const images = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 3, max: 9 }),
  fc.integer({ min: 3, max: 9 }),
  fc.integer({ min: 1, max: 20 }),
);

interface Problem {
  readonly x: readonly [number, number, number, number];
  readonly weights: readonly [number, number, number, number];
  readonly geometry: ConvolutionGeometry;
  readonly seed: number;
}

const problem: fc.Arbitrary<Problem> = fc
  .record({
    x: images,
    filters: fc.integer({ min: 1, max: 20 }),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom<ConvolutionGeometry["padding"][]>("same", "valid", 0, 1, 2),
    seed: fc.nat(),
  })
  .map(({ x, filters, size, stride, padding, seed }) => ({
    x,
    weights: [size, size, x[3], filters],
    geometry: { stride, padding },
    seed,
  }));

bfloat16Law(
  "to bfloat16 and back is the nearest value of eight bits, halves to even; what is rounded stays",
  [fc.array(fc.float({ noNaN: true, min: -(2 ** 100), max: 2 ** 100 }), { minLength: 1 })],
  (values) =>
    withoutLeak(() => {
      const rounded = toBfloat16(tf.tensor1d(values));
      const widened = toFloat32(rounded);
      const nearest = Float32Array.from(values, nearestOfEightBits);
      assert.equal(Float32Array.from(widened.dataSync()), nearest);
      assert.is(toBfloat16(rounded), rounded);
      assert.is(toFloat32(widened), widened);
    }),
);

bfloat16Law(
  "the convolution and its gradients equal float32's to one rounding; that by the weights is float32 again",
  [problem],
  ({ x: shape, weights: weightsShape, geometry, seed }) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const weights = normalPair<Tensor4D>(weightsShape, seed, "weights").full;
      const y = convolution(x.half, weights, geometry);
      assertRounded(y, composed.convolution(x.full, weights, geometry), 1, "convolution");
      const dy = normalPair<Tensor4D>(y.shape, seed, "dy");
      const byInput = convolutionInputGradient(dy.half, weights, shape, geometry);
      assertRounded(
        byInput,
        composed.convolutionInputGradient(dy.full, weights, shape, geometry),
        1,
        "gradient by the input",
      );
      const byWeights = convolutionWeightsGradient(x.half, dy.half, weightsShape, geometry);
      const expected = composed.convolutionWeightsGradient(x.full, dy.full, weightsShape, geometry);
      assertWide(byWeights, expected, 1.02 * rounding, "gradient by the weights");
    }),
  { numRuns: 60 },
);

bfloat16Law(
  "in groups and depthwise, the convolution and its gradients equal float32's to a rounding",
  [problem, fc.integer({ min: 2, max: 4 }), fc.boolean()],
  ({ x: [batch, height, width, channels], weights: [size, , , filters], geometry, seed }, count, depthwise) =>
    withoutLeak(() => {
      const groups = depthwise ? channels : count;
      const own = depthwise ? 1 : channels;
      const shape = [batch, height, width, groups * own] as const;
      const weightsShape = [size, size, own, groups * Math.min(filters, 3)] as const;
      const grouped = { ...geometry, groups };
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const weights = normalPair<Tensor4D>(weightsShape, seed, "weights").full;
      const y = convolution(x.half, weights, grouped);
      assertRounded(y, composed.convolution(x.full, weights, grouped), 1, "convolution");
      const dy = normalPair<Tensor4D>(y.shape, seed, "dy");
      const byInput = convolutionInputGradient(dy.half, weights, shape, grouped);
      assertRounded(byInput, composed.convolutionInputGradient(dy.full, weights, shape, grouped), 1, "by the input");
      const byWeights = convolutionWeightsGradient(x.half, dy.half, weightsShape, grouped);
      const expected = composed.convolutionWeightsGradient(x.full, dy.full, weightsShape, grouped);
      assertWide(byWeights, expected, 1.02 * rounding, "by the weights");
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "layer normalisation, gates and nonlinearities equal float32's to a rounding",
  [images, fc.constantFrom("relu6" as const, "silu", "gelu", "tanh gelu", "hard sigmoid", "hard swish"), fc.nat()],
  (shape, kind, seed) =>
    withoutLeak(() => {
      const [batch, , , channels] = shape;
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const dy = normalPair<Tensor4D>(shape, seed, "dy");
      const scale = normalTensor<Tensor1D>([channels], seed, "scale");
      const wanted = layerNormalisation(x.full, scale, scale, 0.1);
      assertRounded(layerNormalisation(x.half, scale, scale, 0.1), wanted, 1, "layer normalisation");
      const [found, exact] = [x.half, x.full].map((at, i) =>
        layerNormalisationGradients(i === 0 ? dy.half : dy.full, at, scale, 0.1),
      );
      assertRounded(found!.x, exact!.x, 1, "its gradient by the input");
      assertWide(found!.scale, exact!.scale, 1e-5, "its gradient by the scale");
      assertWide(found!.offset, exact!.offset, 1e-5, "its gradient by the offset");
      const factors = normalTensor<Tensor2D>([batch, channels], seed, "factors");
      assertRounded(gateChannels(x.half, factors), gateChannels(x.full, factors), 1, "gate");
      const gates = gateChannelsGradients(dy.half, x.half, factors);
      const exactGates = gateChannelsGradients(dy.full, x.full, factors);
      assertRounded(gates.x, exactGates.x, 1, "gate, by the input");
      assertWide(gates.factors, exactGates.factors, 1e-5, "gate, by the factors");
      assertRounded(nonlinearity(x.half, { kind }), nonlinearity(x.full, { kind }), 1, kind);
      const slope = nonlinearityGradient(dy.full, x.full, { kind });
      assertRounded(nonlinearityGradient(dy.half, x.half, { kind }), slope, 1, `gradient of ${kind}`);
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "weights of float32 are rounded to bfloat16 where they are used, and stay as they are",
  [problem],
  ({ x: shape, weights: weightsShape, geometry, seed }) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const weights = normalTensor<Tensor4D>(weightsShape, seed, "weights");
      const before = weights.dataSync().slice();
      const y = toFloat32(convolution(x.half, weights, geometry));
      const rounded = toFloat32(convolution(x.half, toFloat32(toBfloat16(weights)), geometry));
      assert.equal(y.dataSync(), rounded.dataSync());
      assert.equal(weights.dataSync(), before);
    }),
  { numRuns: 30 },
);

bfloat16Law(
  "a convolution with all that follows it equals the composed one to a rounding of each part",
  [problem, fc.boolean(), fc.boolean(), fc.boolean()],
  ({ x: shape, weights: weightsShape, geometry, seed }, biased, adds, rectified) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const weights = normalPair<Tensor4D>(weightsShape, seed, "weights").full;
      const bias = biased ? normalPair<Tensor1D>([weightsShape[3]], seed, "bias").full : null;
      let expected: Tensor4D = composed.convolution(x.full, weights, geometry);
      if (bias !== null) expected = tf.add(expected, bias);
      const addend = normalPair<Tensor4D>(expected.shape, seed, "addend");
      if (adds) expected = tf.add(expected, addend.full);
      if (rectified) expected = tf.relu(expected);
      const options = { bias, ...(adds ? { addend: addend.half } : {}), relu: rectified };
      const y = fusedConvolution(x.half, weights, geometry, options);
      assertRounded(y, expected, 4, "fused convolution");
      assert.equal(toFloat32(addend.half).dataSync(), addend.full.dataSync(), "the shortcut was overwritten");
    }),
  { numRuns: 60 },
);

bfloat16Law(
  "batch normalisation takes its statistics in float32, and its result and gradients are float32's to roundings",
  [images, fc.nat(), fc.boolean()],
  (shape, seed, rectified) =>
    withoutLeak(() => {
      const channels = shape[3];
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const scale = normalTensor<Tensor1D>([channels], seed, "scale");
      const offset = normalTensor<Tensor1D>([channels], seed, "offset");
      const running = {
        mean: tf.zeros([channels]) as Tensor1D,
        variance: tf.ones([channels]) as Tensor1D,
        momentum: 0.1,
      };
      const { y, saved, running: moved } = normaliseBatch(x.half, scale, offset, 1e-3, running, { relu: rectified });
      const expected = composed.normaliseBatch(x.full, scale, offset, 1e-3, running);
      assertRounded(y, rectified ? tf.relu(expected.y) : expected.y, 1, "output");
      assertWide(moved!.mean, expected.running!.mean, 1e-5, "running mean");
      assertWide(moved!.variance, expected.running!.variance, 1e-5, "running variance");
      const dy = normalPair<Tensor4D>(shape, seed, "dy");
      const gradients = normaliseBatchGradient(dy.half, x.half, scale, saved, 1e-3);
      const exact = composed.normaliseBatchGradient(dy.full, x.full, scale, 1e-3);
      assertRounded(gradients.x, exact.x, 1, "gradient by the input");
      assertWide(gradients.scale, exact.scale, 1e-4, "gradient by the scale");
      assertWide(gradients.offset, exact.offset, 1e-4, "gradient by the offset");
      const variance = tf.add(tf.square(scale), 0.5) as Tensor1D;
      const inferred = normaliseByRunning(x.half, scale, offset, offset, variance, 1e-3, rectified);
      const wanted = composed.normaliseByRunning(x.full, scale, offset, offset, variance, 1e-3);
      assertRounded(inferred, rectified ? tf.relu(wanted) : wanted, 1, "by running statistics");
    }),
  { numRuns: 60 },
);

const functions = { relu, sigmoid, tanh } as const;
const gradients = { relu: reluGradient, sigmoid: sigmoidGradient, tanh: tanhGradient } as const;

bfloat16Law(
  "activation functions and their gradients equal float32's to a rounding of each factor",
  [images, fc.constantFrom("relu" as const, "sigmoid" as const, "tanh" as const), fc.nat()],
  (shape, name, seed) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const y = functions[name](x.half);
      assertRounded(y, functions[name](x.full), 1, name);
      const dy = normalPair<Tensor4D>(shape, seed, "dy");
      assertRounded(gradients[name](dy.half, y), gradients[name](dy.full, toFloat32(y)), 4, `gradient of ${name}`);
    }),
  { numRuns: 60 },
);

const geometry: fc.Arbitrary<PoolGeometry> = fc.integer({ min: 1, max: 3 }).chain((size) =>
  fc.record({
    kind: fc.constantFrom("max pool" as const, "average pool" as const),
    size: fc.constant(size),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.oneof(fc.constantFrom("same" as const, "valid" as const), fc.nat({ max: size - 1 })),
  }),
);

bfloat16Law(
  "pooling and its gradient equal float32's to roundings; a maximum goes to the pixel that float32 finds",
  [images, geometry, fc.nat()],
  (shape, how, seed) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const y = pool(x.half, how);
      assertRounded(y, pool(x.full, how), how.kind === "max pool" ? 0 : 2, how.kind);
      const dy = normalPair<Tensor4D>(y.shape, seed, "dy");
      const expected = poolGradient(dy.full, x.full, pool(x.full, how), how);
      assertRounded(poolGradient(dy.half, x.half, y, how), expected, how.size ** 2, "gradient");
    }),
  { numRuns: 60 },
);

bfloat16Law(
  "the mean over an image, and an image as features, are float32; their gradients have the image's precision",
  [images, fc.nat()],
  (shape, seed) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      assertWide(globalAveragePool(x.half), globalAveragePool(x.full), 1e-6, "mean");
      assertWide(flatten(x.half), flatten(x.full), 0, "features");
      const byMean = normalTensor<Tensor2D>([shape[0], shape[3]], seed, "dy");
      assertRounded(globalAveragePoolGradient(byMean, x.half), globalAveragePoolGradient(byMean, x.full), 1, "mean");
      const byFeatures = normalTensor<Tensor2D>([shape[0], x.full.size / shape[0]], seed, "dy");
      assertRounded(flattenGradient(byFeatures, x.half), flattenGradient(byFeatures, x.full), 1, "features");
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "option A's shortcut moves values, and rounds none",
  [images, fc.integer({ min: 1, max: 3 }), fc.nat({ max: 3 }), fc.nat()],
  (shape, stride, missing, seed) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const y = subsampleAndPad(x.half, stride, shape[3] + missing);
      assertRounded(y, subsampleAndPad(x.full, stride, shape[3] + missing), 0, "shortcut");
      const dy = normalPair<Tensor4D>(y.shape, seed, "dy");
      const byInput = subsampleAndPadGradient(dy.half, x.half, stride);
      assertRounded(byInput, subsampleAndPadGradient(dy.full, x.full, stride), 0, "gradient");
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "choosing channels and putting images side by side move values, and round none but sums",
  [images, fc.array(fc.nat({ max: 19 }), { minLength: 1, maxLength: 6 }), fc.nat()],
  (shape, places, seed) =>
    withoutLeak(() => {
      const channels = places.map((place) => place % shape[3]);
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const y = selectChannels(x.half, channels);
      assertRounded(y, selectChannels(x.full, channels), 0, "channels");
      const dy = normalPair<Tensor4D>(y.shape, seed, "dy");
      const expected = selectChannelsGradient(dy.full, channels, shape[3]);
      assertRounded(selectChannelsGradient(dy.half, channels, shape[3]), expected, 1, "gradient");
      assertRounded(concatenate([x.half, y, x.half]), concatenate([x.full, toFloat32(y), x.full]), 0, "concatenation");
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "sums, products and biases equal float32's to a rounding",
  [images, fc.float({ min: -4, max: 4, noNaN: true }), fc.nat()],
  (shape, factor, seed) =>
    withoutLeak(() => {
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const other = normalPair<Tensor4D>(shape, seed, "other");
      const bias = normalPair<Tensor1D>([shape[3]], seed, "bias").full;
      const mask = normalTensor<Tensor4D>(shape, seed, "mask");
      assertRounded(add(x.half, other.half), tf.add(x.full, other.full), 1, "sum");
      assertRounded(addBias(x.half, bias), tf.add(x.full, bias), 1, "bias");
      assertRounded(multiply(x.half, factor), tf.mul(x.full, factor), 1, "multiple");
      assertRounded(multiply(x.half, mask), tf.mul(x.full, mask), 1, "product");
      assertRounded(scaleChannels(x.half, bias, bias), scaleChannels(x.full, bias, bias), 1, "scaled channels");
      const gradients = scaleChannelsGradients(x.half, other.half);
      const expected = scaleChannelsGradients(x.full, other.full);
      assertWide(gradients.scale, expected.scale, 1e-6, "gradient by the scale");
      assertWide(gradients.offset, expected.offset, 1e-6, "gradient by the offset");
      assertWide(sumOverChannels(x.half), tf.sum(x.full, [0, 1, 2]), 1e-6, "gradient by the bias");
    }),
  { numRuns: 40 },
);

bfloat16Law(
  "local response normalisation and its gradient equal float32's to roundings",
  [images, fc.nat()],
  (shape, seed) =>
    withoutLeak(() => {
      const how = { radius: 2, bias: 2, alpha: 0.1, beta: 0.75 };
      const x = normalPair<Tensor4D>(shape, seed, "x");
      const y = localResponseNormalisation(x.half, how);
      assertRounded(y, localResponseNormalisation(x.full, how), 1, "output");
      const dy = normalPair<Tensor4D>(shape, seed, "dy");
      const expected = composed.localResponseNormalisationGradient(dy.full, x.full, how);
      assertRounded(localResponseNormalisationGradient(dy.half, x.half, y, how), expected, 2, "gradient");
    }),
  { numRuns: 40 },
);

/** The nearest number of eight significant bits, halves to even. */
function nearestOfEightBits(value: number): number {
  if (value === 0) return value;
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(value))) - 7, -133);
  const steps = value / unit;
  const below = Math.floor(steps);
  const half = steps - below - 0.5;
  const even = below % 2 === 0 ? below : below + 1;
  return (half < 0 ? below : half > 0 ? below + 1 : even) * unit;
}

test.run();
