import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasTensorFlowKernels, kernel, type Tensor, tf } from "../../src/runtime";
import { law } from "../property";

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), { minLength: 1 });

if (hasTensorFlowKernels()) {
  const relu = kernel("Relu", { T: { type: "float32" } }, 1);

  law("a kernel called directly gives what the op gives, and frees with its tidy", [values], (given) => {
    const before = tf.memory().numTensors;
    const [direct, ordinary] = tf.tidy(() => {
      const x = tf.tensor1d(given);
      return [relu([x])[0]?.arraySync(), tf.relu(x).arraySync()];
    });
    assert.equal(direct, ordinary);
    assert.is(tf.memory().numTensors, before);
  });

  test("lists of integers, strings and booleans reach the op: a strided convolution", () => {
    const conv2d = kernel(
      "Conv2D",
      {
        T: { type: "float32" },
        strides: { ints: [1, 2, 2, 1] },
        padding: { string: "SAME" },
        data_format: { string: "NHWC" },
        dilations: { ints: [1, 1, 1, 1] },
        explicit_paddings: { ints: [] },
        use_cudnn_on_gpu: { bool: true },
      },
      1,
    );
    const x = tf.tensor4d(
      Array.from({ length: 32 }, (_, i) => i / 7 - 2),
      [1, 4, 4, 2],
    );
    const filter = tf.tensor4d(
      Array.from({ length: 54 }, (_, i) => Math.sin(i)),
      [3, 3, 2, 3],
    );
    const [direct] = conv2d([x, filter]);
    assert.equal(direct?.shape, [1, 2, 2, 3]);
    const ordinary = tf.conv2d(x, filter, 2, "same");
    assert.is(tf.max(tf.abs(tf.sub(direct as Tensor, ordinary))).arraySync(), 0);
  });

  test("floats and several outputs: batch normalisation in training gives the batch's mean and variance", () => {
    const outputs = kernel(
      "FusedBatchNormV3",
      {
        T: { type: "float32" },
        U: { type: "float32" },
        epsilon: { float: 0.5 },
        exponential_avg_factor: { float: 1 },
        data_format: { string: "NHWC" },
        is_training: { bool: true },
      },
      6,
    )([tf.tensor4d([1, 3], [1, 1, 2, 1]), tf.ones([1]), tf.zeros([1]), tf.zeros([0]), tf.zeros([0])]);
    assert.is(outputs.length, 6);
    const [y, mean, variance] = outputs.map((output) => Array.from(output.dataSync()));
    assert.equal(mean, [2]);
    assert.equal(variance, [2]); // unbiased: ((1 - 2)^2 + (3 - 2)^2) / (2 - 1)
    const expected = 1 / Math.sqrt(1 + 0.5); // the biased variance normalises
    assert.ok(Math.abs((y?.[1] ?? 0) - expected) < 1e-6, `${y} holds ${expected}`);
  });

  test("an integer and a shape reach the op", () => {
    const [placed] = kernel(
      "Pack",
      { T: { type: "int32" }, N: { int: 2 }, axis: { int: 1 } },
      1,
    )([tf.tensor1d([1, 2], "int32"), tf.tensor1d([3, 4], "int32")]);
    assert.equal(placed?.arraySync(), [
      [1, 3],
      [2, 4],
    ]);
    const [same] = kernel(
      "PlaceholderWithDefault",
      { dtype: { type: "float32" }, shape: { shape: [2] } },
      1,
    )([tf.tensor1d([5, 6])]);
    assert.equal(same?.arraySync(), [5, 6]);
  });

  test("TensorFlow's own words come through when a call is wrong", () => {
    assert.throws(() => kernel("NoSuchOp", {}, 1)([]), /NoSuchOp/);
    const product = kernel("MatMul", { transpose_a: { bool: false }, transpose_b: { bool: false } }, 1);
    assert.throws(() => product([tf.ones([2, 3]), tf.ones([2, 3])]), /Matrix size-incompatible/);
  });
} else {
  test.skip("kernels: the backend in use has none", () => {});
}

test.run();
