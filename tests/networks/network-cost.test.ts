import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  buildByName,
  buildPublished,
  convolution,
  inferenceOperations,
  layersAlone,
  multiplyAccumulates,
  networkCost,
  parameterCounts,
} from "../../src/networks";
import { tf } from "../../src/runtime";

const { signal } = new AbortController();
const small = buildByName("resnet8", { inputShape: [8, 8, 1], classes: 10, width: 2 });

test("every pass is timed, nothing is left behind, and memory does not depend on the seed", async () => {
  const before = tf.memory().numTensors;
  const [one, other] = [
    await networkCost(small, { images: 2, repetitions: 3, seed: 1, signal }),
    await networkCost(small, { images: 2, repetitions: 1, seed: 2, signal }),
  ];
  assert.is(tf.memory().numTensors, before);
  assert.is(one.finite, true);
  assert.is(one.leakedTensors, 0);
  assert.is(one.inferenceSeconds.length, 3);
  assert.is(one.gradientSeconds.length, 3);
  assert.ok([...one.inferenceSeconds, ...one.gradientSeconds].every((seconds) => seconds > 0));
  assert.is(one.inferenceBytes, other.inferenceBytes);
  assert.is(one.gradientBytes, other.gradientBytes);
});

test("a gradient holds at least a number for every parameter, and more for more images", async () => {
  const [few, many] = [
    await networkCost(small, { images: 2, repetitions: 1, seed: 1, signal }),
    await networkCost(small, { images: 8, repetitions: 1, seed: 1, signal }),
  ];
  assert.ok(few.gradientBytes > 4 * parameterCounts(small).trainable);
  assert.ok(few.gradientBytes > few.inferenceBytes);
  assert.ok(many.inferenceBytes > 3 * few.inferenceBytes && many.gradientBytes > few.gradientBytes);
});

test("activations that overflow are told of", async () => {
  const huge = { kind: "scaling", factor: 1e30 } as const;
  const overflowing: Architecture = layersAlone([convolution("convolution", { filters: 2 }), huge, huge], [4, 4, 1]);
  const found = await networkCost(overflowing, { images: 1, repetitions: 1, seed: 1, signal });
  assert.is(found.finite, false);
  assert.is(found.leakedTensors, 0);
});

test("it stops when it is to, and leaves nothing behind", async () => {
  const before = tf.memory().numTensors;
  const stopped = networkCost(small, { images: 1, repetitions: 1, seed: 1, signal: AbortSignal.abort() });
  assert.is(await stopped.catch((error: Error) => error.name), "AbortError");
  assert.is(tf.memory().numTensors, before);
});

test("exits count in training, and not at inference", () => {
  const [googLeNet, without] = [buildPublished("googlenet"), buildPublished("googlenet-without-heads")];
  assert.is(inferenceOperations(googLeNet), multiplyAccumulates(without));
  assert.is(inferenceOperations(without), multiplyAccumulates(without));
  assert.ok(multiplyAccumulates(googLeNet) > inferenceOperations(googLeNet));
});

test.run();
