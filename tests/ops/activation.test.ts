import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dropoutMask, type Nonlinearity, nonlinearity, nonlinearityGradient } from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { type Tensor1D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withoutLeak } from "../tensors";

const nonlinearities: fc.Arbitrary<Nonlinearity> = fc.oneof(
  fc.constantFrom<Nonlinearity[]>(
    { kind: "relu6" },
    { kind: "silu" },
    { kind: "gelu" },
    { kind: "tanh gelu" },
    { kind: "hard sigmoid" },
    { kind: "hard swish" },
  ),
  fc.double({ min: 0, max: 1, noNaN: true }).map((slope) => ({ kind: "leaky relu" as const, slope })),
  fc.double({ min: 0.1, max: 2, noNaN: true }).map((scale) => ({ kind: "elu" as const, scale })),
);

law(
  "a nonlinearity's gradient is the composed one's, and the slope of its values away from kinks",
  [nonlinearities, fc.nat()],
  (which, seed) =>
    withoutLeak(() => {
      const x = tf.mul<Tensor1D>(normalTensor<Tensor1D>([200], seed), 3);
      const dy = normalTensor<Tensor1D>([200], seed, "dy");
      const gradient = nonlinearityGradient(dy, x, which);
      assertClose(gradient, composed.nonlinearityGradient(dy, x, which), 1e-5, which.kind);
      const step = 0.02;
      const values = nonlinearity(x.concat([x.add(step), x.sub(step)]), which).dataSync();
      gradient.dataSync().forEach((found, i) => {
        if ([-3, 0, 3, 6].some((kink) => Math.abs(x.dataSync()[i]! - kink) <= step)) return;
        const slope = (values[200 + i]! - values[400 + i]!) / (2 * step);
        assert.ok(Math.abs(found - slope * dy.dataSync()[i]!) < 2e-3, `${which.kind} at ${x.dataSync()[i]}`);
      });
    }),
  { numRuns: 40 },
);

test("nonlinearities have the values that PyTorch 2.15 gives", () => {
  const x = tf.tensor1d([-7, -3, -2.5, -1, -0.1, 0, 0.1, 1, 2.5, 3, 7]);
  const given: [Nonlinearity, number[]][] = [
    [{ kind: "relu6" }, [0, 0, 0, 0, 0, 0, 0.1, 1, 2.5, 3, 6]],
    [
      { kind: "silu" },
      [
        -0.006377358, -0.1422776, -0.1896455, -0.2689414, -0.04750208, 0, 0.05249792, 0.7310586, 2.310354, 2.857723,
        6.993623,
      ],
    ],
    [
      { kind: "gelu" },
      [-0, -0.004050225, -0.01552418, -0.1586553, -0.04601722, 0, 0.05398278, 0.8413447, 2.484476, 2.99595, 7],
    ],
    [
      { kind: "tanh gelu" },
      [-0, -0.003637433, -0.0150843, -0.158808, -0.04601725, 0, 0.05398275, 0.841192, 2.484916, 2.996363, 7],
    ],
    [{ kind: "hard sigmoid" }, [0, 0, 0.08333334, 0.3333333, 0.4833333, 0.5, 0.5166667, 0.6666667, 0.9166667, 1, 1]],
    [{ kind: "hard swish" }, [-0, -0, -0.2083333, -0.3333333, -0.04833334, 0, 0.05166667, 0.6666667, 2.291667, 3, 7]],
    [{ kind: "leaky relu", slope: 0.01 }, [-0.07, -0.03, -0.025, -0.01, -0.001, 0, 0.1, 1, 2.5, 3, 7]],
    [{ kind: "elu", scale: 1 }, [-0.9990881, -0.950213, -0.917915, -0.6321205, -0.09516259, 0, 0.1, 1, 2.5, 3, 7]],
  ];
  for (const [which, values] of given) assertClose(nonlinearity(x, which), tf.tensor1d(values), 1e-6, which.kind);
});

const rate = fc.double({ min: 0, max: 0.95, noNaN: true });
const half = fc.nat({ max: 2 ** 31 - 1 });
const pair = fc.tuple(half, half);

law(
  "a mask is 0 or 1 / (1 - rate), as often as it should be",
  [rate, pair],
  (p, seed) =>
    withoutLeak(() => {
      const mask = dropoutMask([40, 25, 10], p, seed).dataSync();
      const grown = Math.fround(1 / (1 - p));
      assert.ok(mask.every((value) => value === 0 || Math.abs(value - grown) <= 1e-6 * grown));
      const dropped = mask.filter((value) => value === 0).length;
      const deviations = Math.abs(dropped - 10_000 * p) / Math.sqrt(10_000 * p * (1 - p) + 1);
      assert.ok(deviations < 6, `${dropped} of 10,000 dropped at rate ${p}`);
    }),
  { numRuns: 60 },
);

law("equal seeds give equal masks, others other ones", [pair, pair], (one, other) =>
  withoutLeak(() => {
    const mask = dropoutMask([1000], 0.5, one);
    assertClose(dropoutMask([1000], 0.5, one), mask, 0, "the same seed");
    const common = tf.mean(tf.cast(tf.equal(mask, dropoutMask([1000], 0.5, other)), "float32")).dataSync()[0]!;
    if (one.join() === other.join()) assert.is(common, 1);
    else assert.ok(common > 0.35 && common < 0.65, `${common} of the values are common`); // 9 standard deviations
  }),
);

test.run();
