import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, parameterCounts, parameterSpecifications } from "../../src/networks";
import { tf } from "../../src/runtime";
import { prepareImages, stepMemory, type TrainingPlan } from "../../src/training";
import { law } from "../property";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);

function planOf(name: string, more: Partial<TrainingPlan> = {}): TrainingPlan {
  const architecture = buildByName(name, { inputShape: toyPlan.architecture.inputShape, classes: 2, width: 2 });
  return { ...toyPlan, architecture, ...more };
}

const names = fc.constantFrom("resnet8", "plain14", "preactivation-resnet20", "bottleneck-resnet11");

law(
  "held between steps are four bytes for each number: the network's, and one more for each trainable one",
  [names],
  (name) => {
    const plan = planOf(name);
    const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
    const all = parameterSpecifications(plan.architecture).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const before = tf.memory();
    const { heldBytes, peakBytes } = stepMemory(plan, images);
    assert.is(heldBytes, 4 * (all + parameterCounts(plan.architecture).trainable));
    assert.ok(peakBytes > 0);
    assert.is(tf.memory().numTensors, before.numTensors);
    assert.is(tf.memory().numBytes, before.numBytes);
  },
  { numRuns: 6 },
);

law(
  "it does not depend on the seed, and rises with the mini-batch: the largest of straight lines, one for each moment",
  [names, fc.nat(1000), fc.boolean()],
  (name, seed, recompute) => {
    const peak = (batchSize: number, of = seed) =>
      stepMemory(planOf(name, { seed: of, batchSize, recompute, augmentation: null }), images).peakBytes;
    assert.is(peak(32), peak(32, seed + 1));
    const [first, second] = [peak(48) - peak(32), peak(64) - peak(48)];
    assert.ok(first > 0 && second >= first, `${first}, then ${second}`); // the largest of straight lines is convex
  },
  { numRuns: 8 },
);

test("recomputed activations take less than kept ones, and the more so the deeper the network", () => {
  const saving = (depth: number) => {
    const [kept, recomputed] = [false, true].map(
      (recompute) => stepMemory(planOf(`preactivation-resnet${depth}`, { recompute, batchSize: 64 }), images).peakBytes,
    );
    return kept! / recomputed!;
  };
  const [shallow, deep] = [saving(8), saving(56)];
  assert.ok(shallow > 1, String(shallow));
  assert.ok(deep > 2 && deep > shallow, `${deep}, ${shallow} at 8 layers`);
});

test.run();
