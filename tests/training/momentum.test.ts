import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, createNetwork, disposeNetwork, parameterSpecifications } from "../../src/networks";
import { type Tensor, tf } from "../../src/runtime";
import { MomentumOptimiser } from "../../src/training";
import { law } from "../property";
import { normalTensor } from "../tensors";

const architecture = buildByName("preactivation-resnet8", { inputShape: [8, 8, 1], classes: 2, width: 2 });
const options = fc.record({
  momentum: fc.constantFrom(0, 0.5, 0.9),
  nesterov: fc.boolean(),
  weightDecay: fc.constantFrom(0, 0.1),
});

law(
  "parameters move as the formula says, in double precision, one by one; statistics do not move",
  [options, fc.nat()],
  (given, seed) => {
    const before = tf.memory().numTensors;
    const network = createNetwork(architecture, seed);
    const optimiser = new MomentumOptimiser(network, given);
    const trainable = parameterSpecifications(architecture).filter((specification) => specification.trainable);
    const values = new Map(trainable.map(({ name }) => [name, [...network.weights.get(name)!.dataSync<"float32">()]]));
    const velocities = new Map(trainable.map(({ name }) => [name, values.get(name)!.map(() => 0)]));
    const statistic = network.weights.get("head/normalisation/mean");
    for (let step = 0; step < 3; step++) {
      const rate = 0.1 * (step + 1);
      tf.tidy(() => {
        const gradients = new Map<string, Tensor>(
          trainable
            .filter((_, i) => (i + step) % 5 !== 0) // some parameters take no part
            .map(({ name, shape }) => [name, normalTensor(shape, seed + step, name)]),
        );
        for (const { name } of trainable) {
          const gradient = gradients.get(name)?.dataSync<"float32">();
          const value = values.get(name)!;
          const velocity = velocities.get(name)!;
          value.forEach((w, i) => {
            const g = (gradient?.[i] ?? 0) + given.weightDecay * w;
            velocity[i] = given.momentum * velocity[i]! + g;
            value[i] = w - rate * (given.nesterov ? g + given.momentum * velocity[i]! : velocity[i]!);
          });
        }
        optimiser.step(gradients, rate);
      });
      for (const { name, shape } of trainable) {
        const tensor = network.weights.get(name)!;
        assert.equal(tensor.shape, shape);
        tensor.dataSync<"float32">().forEach((w, i) => {
          assert.ok(Math.abs(w - values.get(name)![i]!) < 1e-4, `${name} at step ${step}`);
        });
      }
    }
    assert.is(network.weights.get("head/normalisation/mean"), statistic);
    optimiser.dispose();
    disposeNetwork(network);
    assert.is(tf.memory().numTensors, before, "tensors were left behind");
  },
  { numRuns: 15 },
);

test("velocities of another network are refused", () => {
  const network = createNetwork(architecture, 1);
  const optimiser = new MomentumOptimiser(network, { momentum: 0.9, nesterov: false, weightDecay: 0 });
  assert.throws(
    () => optimiser.restore(new Map([["stem/convolution/kernel", { data: new Float32Array(5) }]])),
    /the velocity of stem\/convolution\/kernel needs 18 values, got 5/,
  );
  optimiser.dispose();
  disposeNetwork(network);
});

test.run();
