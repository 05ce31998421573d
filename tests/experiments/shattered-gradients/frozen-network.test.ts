import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circleAutocovariances, networkFrozenOn } from "../../../experiments/shattered-gradients/autocovariance";
import { buildUniformNetwork, createNetwork, disposeNetwork, forward, uniformKinds } from "../../../src/networks";
import { randomStream } from "../../../src/random";
import { type Tensor4D, tf } from "../../../src/runtime";
import { law } from "../../property";
import { normalTensor, relativeDifference } from "../../tensors";

const size = { depth: 3, width: 6, layer: "dense", inputShape: [4, 4, 1], classes: 3 } as const;

law(
  "a network frozen on a batch answers that batch as with its own statistics, and each image by itself",
  [fc.nat(1000), fc.constantFrom(uniformKinds.normalisedRelu, uniformKinds.residualNormalised)],
  (seed, { options }) => {
    const architecture = buildUniformNetwork({ ...options, ...size });
    const images = 512;
    const before = tf.memory().numTensors;
    const batch = normalTensor([images, 4, 4, 1], seed) as Tensor4D;
    const frozen = networkFrozenOn(architecture, seed, batch);
    const fresh = createNetwork(architecture, seed);
    tf.tidy(() => {
      const answers = forward(frozen, batch, { mode: "inference" });
      const own = forward(fresh, batch, { mode: "batch statistics" });
      // kept are unbiased variances, larger by n / (n - 1) in each of the layers
      assert.ok(relativeDifference(answers, own) < 12 / images, `${relativeDifference(answers, own)}`);
      const first = forward(frozen, tf.slice(batch, [0, 0, 0, 0], [1, 4, 4, 1]) as Tensor4D, { mode: "inference" });
      assert.ok(relativeDifference(first, tf.slice(answers, [0, 0], [1, 3])) < 1e-5);
    });
    disposeNetwork(frozen);
    disposeNetwork(fresh);
    batch.dispose();
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 8 },
);

law(
  "along a circle of inputs no autocovariance is larger than the variance, and equal streams give equal circles",
  [fc.nat(1000)],
  (seed) => {
    const architecture = buildUniformNetwork({ ...uniformKinds.heRelu.options, ...size });
    const network = createNetwork(architecture, seed);
    const batch = normalTensor([4, 4, 4, 1], seed) as Tensor4D;
    const before = tf.memory().numTensors;
    const found = () =>
      circleAutocovariances(network, batch, randomStream(seed, "circle"), { depths: [1, 3], points: 8, functions: 2 });
    const once = found();
    assert.equal(once, found());
    assert.equal(
      once.map(({ length }) => length),
      [5, 5],
    );
    for (const [variance, ...others] of once) {
      assert.ok(others.every((covariance) => Math.abs(covariance) <= variance! * (1 + 1e-6)));
    }
    assert.is(tf.memory().numTensors, before);
    disposeNetwork(network);
    batch.dispose();
  },
  { numRuns: 8 },
);

test.run();
