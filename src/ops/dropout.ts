import { hasTensorFlowKernels, kernel, type Tensor, tf } from "../runtime";

const uniformKernel = kernel(
  "StatelessRandomUniform",
  { dtype: { type: "float32" }, T: { type: "int32" }, Tseed: { type: "int32" } },
  1,
);

/**
 * What dropout multiplies activations by: 0 with probability `rate`, else 1 / (1 - rate), so that the mean stays 1.
 *
 * Source: Srivastava et al. 2014, JMLR 15, sec. 10, in the form that leaves inference alone. Equal seeds give equal masks;
 * TensorFlow's kernels and the pure JavaScript backend draw different ones.
 *
 * @param rate in [0, 1)
 * @param seed two integers in [0, 2^31)
 */
export function dropoutMask(shape: readonly number[], rate: number, seed: readonly [number, number]): Tensor {
  return tf.tidy(() => {
    const uniform = hasTensorFlowKernels()
      ? uniformKernel([tf.tensor1d([...shape], "int32"), tf.tensor1d([...seed], "int32")])[0]!
      : tf.randomUniform([...shape], 0, 1, "float32", seed.join(" "));
    return tf.mul(tf.cast(tf.greaterEqual(uniform, rate), "float32"), 1 / (1 - rate));
  });
}
