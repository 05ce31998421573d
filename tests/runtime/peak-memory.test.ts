import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { relu } from "../../src/ops";
import { peakTensorBytes, tf } from "../../src/runtime";
import { law } from "../property";

law(
  "a chain that keeps its results holds all of them at its peak, one that frees them holds two",
  [fc.integer({ min: 1, max: 50 }), fc.integer({ min: 2, max: 9 })],
  (size, length) => {
    const x = tf.zeros([size]);
    const kept = peakTensorBytes(() =>
      tf.tidy(() => {
        let y = x;
        for (let i = 0; i < length; i++) y = relu(y);
      }),
    );
    const freed = peakTensorBytes(() => {
      let y = relu(x);
      for (let i = 1; i < length; i++) {
        const next = relu(y);
        y.dispose();
        y = next;
      }
      y.dispose();
    });
    x.dispose();
    assert.is(kept, 4 * size * length);
    assert.is(freed, 4 * size * 2);
  },
);

test("measurements do not nest, and one that fails leaves the next possible", () => {
  assert.throws(() => peakTensorBytes(() => peakTensorBytes(() => {})), /measured already/);
  assert.is(
    peakTensorBytes(() => {}),
    0,
  );
});

test.run();
