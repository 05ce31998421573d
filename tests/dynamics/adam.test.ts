import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Adam } from "../../src/dynamics/adam";
import { type Tensor1D, tf } from "../../src/runtime";
import { law } from "../property";

const gradients = fc.array(
  fc.array(fc.float({ min: -5, max: 5, noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }),
  { minLength: 1, maxLength: 12 },
);

/** Algorithm 1 of Kingma & Ba as it is printed, in double precision. */
function asPrinted(steps: readonly (readonly number[])[], rate: number): number[] {
  const [w, m, v] = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  steps.forEach((gradient, t) => {
    gradient.forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const corrected = v[i]! / (1 - 0.999 ** (t + 1));
      w[i] = w[i]! - (rate * (m[i]! / (1 - 0.9 ** (t + 1)))) / (Math.sqrt(corrected) + 1e-8);
    });
  });
  return w;
}

law(
  "steps are those of the published algorithm, and no tensor is left behind",
  [gradients.map((steps) => steps.map((step) => step.map((g) => (Math.abs(g) < 1e-3 ? 0 : g))))],
  (steps) => {
    const before = tf.memory().numTensors;
    const adam = new Adam(3);
    let parameters = tf.zeros([3]) as Tensor1D;
    for (const step of steps) {
      const gradient = tf.tensor1d(step);
      const next = adam.step(parameters, gradient, 0.1);
      tf.dispose([parameters, gradient]);
      parameters = next;
    }
    const found = [...parameters.dataSync()];
    asPrinted(steps, 0.1).forEach((expected, i) => {
      assert.ok(Math.abs(found[i]! - expected) < 1e-4, `${found} is not ${asPrinted(steps, 0.1)}`);
    });
    parameters.dispose();
    adam.dispose();
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 50 },
);

test.run();
