import { test } from "uvu";
import * as assert from "uvu/assert";
import { relu } from "../../src/ops";
import { kernelTimes, tf } from "../../src/runtime";

test("every call counts under its op's name, whoever makes it, and values stay what they are", () => {
  const x = tf.tensor1d([-1, 2, -3, 4]);
  relu(x).dispose(); // asks which kernels there are
  let sum = Number.NaN;
  const times = kernelTimes(() => {
    sum = tf.tidy(() => tf.sum(relu(relu(relu(x)))).dataSync()[0]!);
  });
  assert.is(sum, 6);
  const calls = new Map(times.map((time) => [time.name, time.calls]));
  assert.is(calls.get("CnnFindingsSum"), 3); // of which a ReLU is one without a second term
  assert.is(calls.get("Sum"), 1);
  assert.is(calls.get("(download)"), 1);
  assert.ok(times.every(({ milliseconds }) => milliseconds >= 0));
  assert.ok(times.every(({ milliseconds }, i) => i === 0 || milliseconds <= times[i - 1]!.milliseconds));
  x.dispose();
});

test("nothing is timed afterwards, nor after an action that fails, and measurements do not nest", () => {
  const x = tf.tensor1d([1]);
  const { binding } = tf.backend() as unknown as { binding: object };
  assert.throws(() =>
    kernelTimes(() => {
      throw new Error("no");
    }),
  );
  assert.is((tf.backend() as unknown as { binding: object }).binding, binding);
  assert.throws(() => kernelTimes(() => kernelTimes(() => {})), /timed already/);
  const times = kernelTimes(() => {});
  relu(x).dispose();
  assert.equal(times, []);
  x.dispose();
});

test.run();
