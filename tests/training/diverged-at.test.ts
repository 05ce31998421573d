import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork } from "../../src/networks";
import { divergedAt, prepareImages, type TrainingPlan, train } from "../../src/training";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);
const { seed } = toyPlan;

test("a training at an absurd rate diverges at a step: one that ends before it does not, one that ends after it does", async () => {
  const steep: TrainingPlan = { ...toyPlan, schedule: { kind: "drops", initial: 1e30, at: [], warmUpSteps: 0 }, seed };
  const outcome = await train(steep, images, {}).catch(divergedAt);
  if (typeof outcome !== "number") throw new Error("it did not diverge");
  assert.ok(outcome >= 1 && outcome < steep.steps, `at step ${outcome}`);
  const { network } = await train({ ...steep, steps: outcome }, images, {});
  disposeNetwork(network);
  assert.is(await train({ ...steep, steps: outcome + 1 }, images, {}).catch(divergedAt), outcome);
});

test("any other error is thrown on", async () => {
  const error = new RangeError("the disk is full at step 7 (learning rate 1)");
  const outcome = await Promise.reject(error)
    .catch(divergedAt)
    .catch((thrown: unknown) => thrown);
  assert.is(outcome, error);
});

test.run();
