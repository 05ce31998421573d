import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dropoutMask } from "../../src/ops";
import { tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, withoutLeak } from "../tensors";

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
