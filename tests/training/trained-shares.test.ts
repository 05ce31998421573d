import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork, linearSurvival } from "../../src/networks";
import { createTrainer, prepareImages, trainedShares } from "../../src/training";
import { toyData, toyPlan } from "./toy";

test("the shares told of a training are those of the blocks that ran in it", () => {
  const blocks = toyPlan.architecture.blocks.length;
  const routes = { kind: "survival", probabilities: linearSurvival(blocks, 0.3) } as const;
  const plan = { ...toyPlan, steps: 12, routes };
  const trainer = createTrainer(plan, prepareImages(toyData, plan.images, plan.seed));
  const run = Array.from({ length: plan.steps }, (_, step) => trainer.step(step).blocksRun);
  trainer.optimiser.dispose();
  disposeNetwork(trainer.network);
  const shares = trainedShares(plan);
  const total = shares.reduce((sum, share) => sum + share * plan.steps, 0);
  assert.is(
    Math.round(total),
    run.reduce((sum, count) => sum + count, 0),
  );
  assert.ok(shares.every((share) => Math.abs(share * plan.steps - Math.round(share * plan.steps)) < 1e-9));
  assert.equal(trainedShares(toyPlan), new Array(blocks).fill(1));
});

test("over many mini-batches each block runs about as often as its survival probability says", () => {
  const probabilities = [1, 0.5, 0];
  const [always, half, never] = trainedShares({ ...toyPlan, steps: 4000, routes: { kind: "survival", probabilities } });
  assert.is(always, 1);
  assert.is(never, 0);
  assert.ok(Math.abs(half! - 0.5) < 4 * Math.sqrt(0.25 / 4000), `${half}`); // four standard deviations
});

test.run();
