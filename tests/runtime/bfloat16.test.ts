import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bfloat16Problem, isBfloat16, kernel, type Tensor, type Tensor2D, tf } from "../../src/runtime";
import { processorFacts } from "../../src/runtime/facts";
import { law } from "../property";

const toBfloat16 = kernel("Cast", { SrcT: { type: "float32" }, DstT: { type: "bfloat16" } }, 1);
const toFloat32 = kernel("Cast", { SrcT: { type: "bfloat16" }, DstT: { type: "float32" } }, 1);
const relu = kernel("Relu", {}, 1);

if (bfloat16Problem() === null) {
  law(
    "a bfloat16 tensor counts two bytes an element, however often it is cloned, and all are freed with its tidy",
    [fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), fc.nat({ max: 3 })],
    (shape, clones) => {
      const before = tf.memory();
      tf.tidy(() => {
        const x = tf.ones(shape);
        const held = tf.memory().numBytes;
        const half = toBfloat16([x])[0]!;
        assert.equal(half.shape, shape);
        assert.is(tf.memory().numBytes - held, 2 * x.size);
        const copies = Array.from({ length: clones }, () => half.clone());
        assert.ok(copies.every(isBfloat16));
        half.dispose();
        assert.is(tf.memory().numBytes - held, clones === 0 ? 0 : 2 * x.size);
        for (const copy of copies) {
          assert.equal(toFloat32([copy])[0]!.arraySync(), x.arraySync());
          copy.dispose();
        }
      });
      assert.is(tf.memory().numBytes, before.numBytes);
      assert.is(tf.memory().numTensors, before.numTensors);
      assert.is(tf.memory().numDataBuffers, before.numDataBuffers);
    },
    { numRuns: 40 },
  );

  test("a kernel takes the type of its inputs, and what it gives is of the same", () => {
    tf.tidy(() => {
      const x = tf.tensor1d([-1.5, 2.25]);
      const half = relu(toBfloat16([x]))[0]!;
      assert.ok(isBfloat16(half));
      assert.not(isBfloat16(x));
      assert.equal(toFloat32([half])[0]!.arraySync(), [0, 2.25]);
    });
  });

  test("all of TensorFlow.js's own operations refuse a bfloat16 tensor, reading included", () => {
    tf.tidy(() => {
      const half = toBfloat16([tf.ones([2, 3])])[0]!;
      const refused: Record<string, (x: Tensor) => unknown> = {
        add: (x) => tf.add(x, 1),
        multiply: (x) => tf.mul(2, x),
        relu: (x) => tf.relu(x),
        mean: (x) => tf.mean(x),
        greater: (x) => tf.greater(x, 0),
        "position of the largest": (x) => tf.argMax(x),
        product: (x) => tf.matMul(x as Tensor2D, x as Tensor2D, false, true),
        cast: (x) => tf.cast(x, "int32"),
        "reading values": (x) => x.dataSync(),
        "reading an array": (x) => x.arraySync(),
      };
      for (const [name, compute] of Object.entries(refused)) assert.throws(() => compute(half), undefined, name);
    });
  });
} else {
  test.skip(`tensors in bfloat16: ${bfloat16Problem()}`, () => {});
}

test("a processor that would emulate bfloat16 is told what it lacks, and one that has it is taken", () => {
  const older = processorFacts("flags\t\t: fpu sse4_2 avx avx2 fma avx512f\n");
  assert.match(bfloat16Problem("tensorflow", older) ?? "", /has none of avx512_bf16, amx_bf16, bf16/);
  for (const feature of ["avx512_bf16", "amx_bf16"]) {
    assert.is(bfloat16Problem("tensorflow", processorFacts(`flags : fpu ${feature}\n`)), null);
  }
  assert.is(bfloat16Problem("tensorflow", processorFacts("Features : fp asimd bf16\n")), null);
  assert.match(bfloat16Problem("cpu", older) ?? "", /the backend "cpu" has no bfloat16/);
});

test.run();
