/** The project's own kernels against TensorFlow's single operations, and sums in double precision. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  addAndRectify,
  moveByMomentum,
  normaliseBatch,
  normaliseBatchGradient,
  relu,
  reluGradient,
  toBfloat16,
  toFloat32,
} from "../../src/ops";
import { hasOwnKernels, ownKernel } from "../../src/ops/kernels";
import { bfloat16Problem, type KernelAttributes, type Tensor, type Tensor1D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

/** What the processor has not, its tests do not show. */
const precisions = bfloat16Problem() === null ? (["float32", "bfloat16"] as const) : (["float32"] as const);
const precision = fc.constantFrom(...precisions);

/**
 * Any value that a float can hold, those that are no numbers among them; but none so small that TensorFlow takes it for zero,
 * which no kernel gives out.
 */
const normal = fc.float().map((value) => (Math.abs(value) < 2 ** -126 ? 0 : value));
const float = fc.oneof(normal, fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1, -1));
/** Two vectors of one length, which vectors of the processor need not divide. */
const twoVectors = fc.integer({ min: 1, max: 70 }).chain((size) => {
  const vector = fc.array(float, { minLength: size, maxLength: size });
  return fc.tuple(vector, vector);
});

test("they are there", () => {
  assert.ok(hasOwnKernels());
});

law(
  "sum, ReLU, both and the ReLU's gradient have the bits of TensorFlow's single operations",
  [twoVectors, precision],
  ([first, second], which) =>
    withoutLeak(() => {
      const given = (values: readonly number[]) => {
        const x = tf.tensor1d([...values]);
        return which === "bfloat16" ? toBfloat16(x) : x;
      };
      const [x, y] = [given(first), given(second)];
      const [wideX, wideY] = [toFloat32(x), toFloat32(y)];
      const rounded = (tensor: Tensor) => (which === "bfloat16" ? toFloat32(toBfloat16(tensor)) : tensor);
      const agree = (own: Tensor, reference: Tensor, what: string) =>
        assert.equal([...toFloat32(own).dataSync()].map(unsigned), [...reference.dataSync()].map(unsigned), what);
      agree(add(x, y), rounded(tf.add(wideX, wideY)), "sum");
      agree(relu(x), tf.relu(wideX), "relu");
      agree(addAndRectify(x, y), tf.relu(rounded(tf.add(wideX, wideY))), "relu of the sum");
      const kept = [...wideX.dataSync()].map((dy, i) => (wideY.dataSync()[i]! > 0 ? dy : 0));
      agree(reluGradient(x, y), tf.tensor1d(kept), "gradient");
    }),
);

/** Zeros of both signs are one value here: TensorFlow's kernels do not agree on theirs. */
function unsigned(value: number): number {
  return value === 0 ? 0 : value;
}

const batch = fc.record({
  rows: fc.integer({ min: 2, max: 700 }),
  channels: fc.integer({ min: 1, max: 40 }),
  /** Of the mean from zero, in standard deviations: where sums of squares cancel. */
  away: fc.constantFrom(0, 1, 300),
  relu: fc.boolean(),
  seed: fc.nat(),
});

law(
  "the batch's statistics and the gradients equal those of double precision, and what is added to them has the bits of adding it after",
  [batch],
  ({ rows, channels, away, relu: rectifies, seed }) =>
    withoutLeak(() => {
      const [epsilon, share] = [1e-3, 0.25];
      const x = tf.add(normalTensor([rows, channels], seed, "x"), away);
      const dy = normalTensor<Tensor>([rows, channels], seed, "dy");
      const scale = normalTensor<Tensor1D>([channels], seed, "scale");
      const offset = normalTensor<Tensor1D>([channels], seed, "offset");
      const [oldMean, oldVariance] = [2, 3].map((value) => tf.fill([channels], value) as Tensor1D) as [
        Tensor1D,
        Tensor1D,
      ];
      const forward = ownKernel(
        "CnnFindingsNormalise",
        { relu: { bool: rectifies }, addends: { int: 0 }, epsilon: { float: epsilon }, share: { float: share } },
        5,
        x,
      )([x, oldMean, oldVariance, scale, offset]);
      const gradient = { relu: { bool: rectifies }, addends: { int: 0 } };
      const backward = ownKernel("CnnFindingsNormaliseGradient", gradient, 3, x);
      const running = { mean: oldMean, variance: oldVariance, momentum: share };
      const plain = normaliseBatch(x, scale, offset, epsilon, running).y;
      const sum = normaliseBatch(x, scale, offset, epsilon, running, { addend: dy, relu: rectifies }).y;
      assert.equal(sum.dataSync(), (rectifies ? addAndRectify(plain, dy) : add(plain, dy)).dataSync(), "sum");
      const relu = rectifies ? { offset, y: forward[0]! } : null;
      const alone = normaliseBatchGradient(dy, x, scale, forward.slice(1, 3), epsilon, { relu }).x;
      const joined = normaliseBatchGradient(dy, x, scale, forward.slice(1, 3), epsilon, { relu, addend: x }).x;
      assert.equal(joined.dataSync(), add(alone, x).dataSync(), "gradient and what is added");
      const found = [...forward, ...backward([dy, x, scale, offset, forward[1]!, forward[2]!])].map((tensor) =>
        tensor.dataSync<"float32">(),
      );
      const [y, mean, inverse, newMean, newVariance, dx, byScale, byOffset] = found as unknown as Float32Array[];
      const [values, gradients] = [x.dataSync(), dy.dataSync()];
      const [scales, offsets] = [scale.dataSync(), offset.dataSync()];
      const close = (one: number, other: number, what: string, tolerance = 2e-4, more = 0) =>
        assert.ok(Math.abs(one - other) <= tolerance * (1 + Math.abs(other)) + more, `${what}: ${one}, ${other}`);
      for (let c = 0; c < channels; c++) {
        const at = Array.from({ length: rows }, (_, row) => row * channels + c);
        const average = (of: (i: number) => number) => at.reduce((sum, i) => sum + of(i), 0) / rows;
        const m = average((i) => values[i]!);
        const v = average((i) => (values[i]! - m) ** 2);
        const inv = 1 / Math.sqrt(v + epsilon);
        close(mean![c]!, m, "mean");
        close(inverse![c]!, inv, "inverse of the standard deviation");
        close(newMean![c]!, 0.75 * 2 + 0.25 * m, "running mean");
        close(newVariance![c]!, 0.75 * 3 + (0.25 * v * rows) / (rows - 1), "running variance");
        const output = (i: number) => (values[i]! - m) * inv * scales[c]! + offsets[c]!;
        // What lies at the ReLU's kink to rounding may be taken to either side: the kernel's own side is asked for.
        const passed = (i: number) => (!rectifies || y![i]! > 0 ? gradients[i]! : 0);
        const sum = rows * average(passed);
        const product = rows * average((i) => passed(i) * (values[i]! - m) * inv);
        // What a mean in float32 may be off by, in standard deviations: much, where values far from zero lie close to each other.
        const shift = 2 ** -23 * Math.abs(m) * inv;
        const size = average((i) => Math.abs(passed(i)));
        close(byOffset![c]!, sum, "gradient by the offset", 1e-3);
        close(byScale![c]!, product, "gradient by the scale", 1e-3, shift * rows * size);
        for (const i of at) {
          close(y![i]!, rectifies ? Math.max(0, output(i)) : output(i), "y", 1e-3, shift * Math.abs(scales[c]!));
          const normal = (values[i]! - m) * inv;
          const expected = scales[c]! * inv * (passed(i) - sum / rows - (normal * product) / rows);
          const more = shift * Math.abs(scales[c]! * inv) * (Math.abs(product) / rows + size * Math.abs(normal));
          close(dx![i]!, expected, "dx", 2e-3, more);
        }
      }
    }),
  { numRuns: 60 },
);

const bfloat16Law: typeof law = bfloat16Problem() === null ? law : (title) => test.skip(title, () => {});

bfloat16Law(
  "the gradient through a ReLU that follows is that of what the ReLU lets through, bit for bit",
  [batch],
  ({ rows, channels, seed }) =>
    withoutLeak(() => {
      const x = toBfloat16(normalTensor<Tensor>([rows, channels], seed, "x"));
      const dy = toBfloat16(normalTensor<Tensor>([rows, channels], seed, "dy"));
      const scale = normalTensor<Tensor1D>([channels], seed, "scale");
      const offset = normalTensor<Tensor1D>([channels], seed, "offset");
      const { y, saved } = normaliseBatch(x, scale, offset, 1e-3, undefined, { relu: true });
      const joined = normaliseBatchGradient(dy, x, scale, saved, 1e-3, { relu: { offset, y } });
      const apart = normaliseBatchGradient(reluGradient(dy, y), x, scale, saved, 1e-3);
      for (const by of ["x", "scale", "offset"] as const) {
        assert.equal(toFloat32(joined[by]).dataSync(), toFloat32(apart[by]).dataSync(), by);
      }
    }),
  { numRuns: 40 },
);

law(
  "a step of momentum has the bits of the single operations, parameter by parameter",
  [
    fc.record({ momentum: fc.constantFrom(0, 0.9), nesterov: fc.boolean(), weightDecay: fc.constantFrom(0, 1e-4) }),
    fc.array(fc.record({ size: fc.integer({ min: 1, max: 50 }), takesPart: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.nat(),
  ],
  (rule, pieces, seed) =>
    withoutLeak(() => {
      const parameters = pieces.map(({ size, takesPart }, i) => ({
        weights: normalTensor<Tensor>([size], seed, `weights ${i}`),
        velocity: normalTensor<Tensor>([size], seed, `velocity ${i}`),
        gradient: takesPart ? normalTensor<Tensor>([size], seed, `gradient ${i}`) : undefined,
      }));
      const moved = moveByMomentum(parameters, rule, 0.05);
      parameters.forEach(({ weights, velocity, gradient }, i) => {
        const own = gradient ?? tf.zerosLike(weights);
        const decayed = tf.add(own, tf.mul(weights, rule.weightDecay));
        const after = tf.add(tf.mul(velocity, rule.momentum), decayed);
        const direction = rule.nesterov ? tf.add(decayed, tf.mul(after, rule.momentum)) : after;
        assert.equal(moved[i]!.velocity.dataSync(), after.dataSync(), "velocity");
        assert.equal(moved[i]!.weights.dataSync(), tf.sub(weights, tf.mul(direction, 0.05)).dataSync(), "weights");
      });
    }),
);

law(
  "several threads give one's bits, but for sums over images, which are the sums of their shares",
  [
    fc.record({
      images: fc.integer({ min: 1, max: 9 }),
      side: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 300 }),
    }),
    fc.integer({ min: 2, max: 6 }),
    fc.boolean(),
    precision,
    fc.nat(),
  ],
  ({ images, side, channels }, threads, rectifies, which, seed) =>
    withoutLeak(() => {
      const like = (name: string, shape: number[]) => normalTensor<Tensor>(shape, seed, name);
      const activations = (name: string) => {
        const tensor = like(name, [images, side, side, channels]);
        return which === "bfloat16" ? toBfloat16(tensor) : tensor;
      };
      const [x, dy] = [activations("x"), activations("dy")];
      const [scale, offset] = [like("scale", [channels]), like("offset", [channels])];
      const both = (name: string, inputs: [Tensor, ...Tensor[]], outputs = 1, attributes: KernelAttributes = {}) =>
        [1, threads].map((count) =>
          ownKernel(
            `CnnFindings${name}`,
            { ...attributes, threads: { int: count } },
            outputs,
            x,
          )(inputs).map((output) => toFloat32(output)),
        ) as [Tensor[], Tensor[]];
      const relu = { relu: { bool: rectifies } };
      for (const [one, several] of [
        both("Sum", [x, dy], 1, { N: { int: 2 }, ...relu }),
        both("ReluGradient", [dy, x]),
      ]) {
        assert.equal(several[0]!.dataSync(), one[0]!.dataSync());
      }
      const moments = { epsilon: { float: 1e-5 }, share: { float: 0.5 } };
      const running = [scale, tf.square(offset)];
      const following = { ...relu, addends: { int: 1 } };
      const normalised = { ...moments, ...following };
      const [one, several] = both("Normalise", [x, ...running, scale, offset, dy], 5, normalised);
      const ulp = which === "bfloat16" ? 2 ** -8 : 1e-5;
      for (const [i, output] of one.entries()) assertClose(several[i]!, output, ulp, `normalised, ${i}`);
      const [, mean, inverse] = one;
      const [alone, shared] = both("BatchStatistics", [x, ...running], 4, moments);
      for (const [i, output] of alone.entries()) assertClose(shared[i]!, output, ulp, `statistics, ${i}`);
      const attributes = { relu: { bool: false }, addends: { int: 1 } };
      const back = both("NormaliseGradient", [dy, x, scale, offset, mean!, inverse!, x], 3, attributes);
      for (const [i, output] of back[0].entries()) assertClose(back[1][i]!, output, ulp, `gradient, ${i}`);
    }),
  { numRuns: 60 },
);

test("inputs that do not fit are refused by name, and nothing is computed", () => {
  tf.tidy(() => {
    const [two, three] = [tf.ones([2]), tf.ones([3])];
    const relued = { relu: { bool: false } };
    assert.throws(
      () => ownKernel("CnnFindingsSum", { ...relued, N: { int: 2 } }, 1, two)([two, three]),
      /of one shape/,
    );
    assert.throws(() => ownKernel("CnnFindingsReluGradient", {}, 1, two)([two, three]), /the output's shape/);
    const gradient = (addends: number) =>
      ownKernel("CnnFindingsNormaliseGradient", { ...relued, addends: { int: addends } }, 3, two);
    assert.throws(() => gradient(0)([two, two, three, three, three, three]), /rows of channels/);
    assert.throws(() => gradient(1)([two, two, two, two, two, two, three]), /an addend of the images' shape/);
    const moments = { epsilon: { float: 1 }, share: { float: 1 }, ...relued, addends: { int: 1 } };
    const normalise = ownKernel("CnnFindingsNormalise", moments, 5, two);
    assert.throws(() => normalise([three, two, two, two, two, three]), /rows of channels/);
    assert.throws(() => normalise([two, two, two, three, two, two]), /one value a channel/);
    assert.throws(() => normalise([two, two, two, two, two, three]), /an addend of the images' shape/);
  });
});

test.run();
