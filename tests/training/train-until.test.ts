import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork } from "../../src/networks";
import { tf } from "../../src/runtime";
import { createTrainer, prepareImages, type TrainingPlan, trainUntil } from "../../src/training";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);
const plan: TrainingPlan = { ...toyPlan, steps: 12 };

/** Losses of the first steps, one by one. */
function lossesOf(given: TrainingPlan, steps: number): number[] {
  const { network, optimiser, step } = createTrainer(given, images);
  const losses = Array.from({ length: steps }, (_, index) => step(index).loss);
  optimiser.dispose();
  disposeNetwork(network);
  return losses;
}

test("it takes the steps of the plan, tells of each, and ends at the first at which it is enough", async () => {
  const expected = lossesOf(plan, plan.steps);
  for (const { at, end } of [
    { at: 5, end: "enough" },
    { at: plan.steps, end: "enough" },
    { at: plan.steps + 1, end: "last step" },
  ]) {
    const told: number[] = [];
    const found = await trainUntil(plan, images, {
      enough: (losses) => losses.length === at,
      onStep: (done) => told.push(done),
    });
    disposeNetwork(found.network);
    assert.is(found.end, end);
    assert.equal(found.losses, expected.slice(0, at));
    assert.equal(
      told,
      found.losses.map((_, i) => i + 1),
    );
  }
});

test("a training that diverges ends with the losses before, all of them numbers", async () => {
  const steep: TrainingPlan = { ...plan, schedule: { kind: "drops", initial: 1e30, at: [], warmUpSteps: 0 } };
  const { network, losses, end } = await trainUntil(steep, images, { enough: () => false });
  disposeNetwork(network);
  assert.is(end, "diverged");
  assert.ok(losses.length > 0 && losses.length < steep.steps && losses.every(Number.isFinite), `${losses}`);
  assert.ok(!Number.isFinite(lossesOf(steep, losses.length + 1).at(-1)!));
});

test("it leaves the network alone behind, and nothing at all where it is stopped", async () => {
  const before = tf.memory().numTensors;
  const { network } = await trainUntil(plan, images, { enough: () => true });
  assert.is(tf.memory().numTensors, before + network.weights.size);
  disposeNetwork(network);
  const stop = new AbortController();
  const stopped = trainUntil(plan, images, {
    enough: () => false,
    onStep: (done) => done === 3 && stop.abort(),
    signal: stop.signal,
  });
  assert.is(await stopped.catch((error: Error) => error.name), "AbortError");
  assert.is(tf.memory().numTensors, before);
});

test.run();
