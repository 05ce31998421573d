/** Strided 1x1 convolutions: TensorFlow writes beyond its memory in their gradient by the weights, ours does not. */
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { convolutionWeightsGradient } from "../../src/ops";
import { execute, hasTensorFlowKernels, kernel, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

process.env.TF_NUM_INTRAOP_THREADS = "1"; // read when TensorFlow is loaded, at its first use: bits are those of one thread
process.env.OMP_NUM_THREADS = "1";

const side = fc.integer({ min: 1, max: 17 });

law(
  "on one thread the gradient by the weights has the bits of TensorFlow's own kernel, whatever the sides of the image",
  [
    fc.record({
      shape: fc.tuple(fc.integer({ min: 1, max: 20 }), side, side, fc.integer({ min: 1, max: 40 })),
      filters: fc.integer({ min: 1, max: 40 }),
      stride: fc.integer({ min: 2, max: 4 }),
      padding: fc.constantFrom("same" as const, "valid" as const, 0),
      seed: fc.nat(),
    }),
  ],
  ({ shape, filters, stride, padding, seed }) => {
    if (!hasTensorFlowKernels()) return;
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const [batch, height, width, channels] = shape;
      const outputShape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), filters];
      const dy = normalTensor<Tensor4D>(outputShape, seed, "dy");
      const weightsShape = [1, 1, channels, filters] as const;
      const attributes = {
        T: { type: "float32" },
        strides: { ints: [1, stride, stride, 1] },
        padding: { string: "VALID" },
        data_format: { string: "NHWC" },
        use_cudnn_on_gpu: { bool: true },
        dilations: { ints: [1, 1, 1, 1] },
      } as const;
      const inputs = [x, tf.tensor1d([...weightsShape], "int32"), dy];
      const [theirs] = kernel("Conv2DBackpropFilter", attributes, 1)(inputs);
      assertClose(convolutionWeightsGradient(x, dy, weightsShape, { stride, padding }), theirs!, 0, "gradient");
    });
  },
  { numRuns: 200 },
);

test("on two threads a process computes it again and again, where TensorFlow's own kernel ends the process", async () => {
  const program = `
    const { convolutionWeightsGradient } = require("./src/ops");
    const { tf } = require("./src/runtime");
    const [x, dy] = [tf.ones([5, 10, 10, 8]), tf.ones([5, 5, 5, 16])];
    for (let i = 0; i < 500; i++) {
      const gradient = convolutionWeightsGradient(x, dy, [1, 1, 8, 16], { stride: 2, padding: 0 });
      if (gradient.dataSync().some((value) => value !== 125)) throw new Error("a wrong gradient");
      gradient.dispose();
    }
    console.log("done");`;
  const { status, stdout, stderr } = await execute(
    process.execPath,
    ["-r", "ts-node/register/transpile-only", "-e", program],
    {
      cwd: path.resolve(__dirname, "..", ".."),
      env: { ...process.env, TF_NUM_INTRAOP_THREADS: "2", OMP_NUM_THREADS: "2" },
    },
  );
  assert.equal([status, stdout], [0, "done\n"], stderr);
});

test.run();
