import { test } from "uvu";
import * as assert from "uvu/assert";
import { trainingDepartures, trainingParameters } from "../../src/experiment";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import { buildByName } from "../../src/networks";
import { learningRate, trainingPlan } from "../../src/training";

const resolved = (scale: "smoke" | "quick" | "paper", data: "mnist" | "cifar10") =>
  resolveParameters(trainingParameters, { scale, data, overrides: {} }).values;

const architecture = buildByName("resnet20", { inputShape: [32, 32, 3], classes: 10 });

test("at paper scale CIFAR-10 is trained as He et al. 2015 write, and departs from them in nothing", () => {
  const params = resolved("paper", "cifar10");
  const plan = trainingPlan(params, { architecture, seed: 1, steps: params.steps });
  assert.equal(
    [plan.steps, plan.batchSize, plan.momentum, plan.nesterov, plan.weightDecay, plan.labelSmoothing],
    [64_000, 128, 0.9, false, 1e-4, 0],
  );
  assert.equal(plan.augmentation, { padding: 4, flip: true });
  assert.equal(plan.images, { meanPool: 1, validation: 5000 });
  const rates = [0, 400, 32_000, 48_000].map((step) =>
    Number(learningRate(plan.schedule, step, plan.steps).toFixed(6)),
  );
  assert.equal(rates, [0.01, 0.1, 0.01, 0.001]);
  assert.equal(trainingDepartures(params), []);
});

test("digits are never flipped", () => {
  for (const scale of ["smoke", "quick", "paper"] as const) {
    const params = resolved(scale, "mnist");
    assert.not(trainingPlan(params, { architecture, seed: 1, steps: 1 }).augmentation?.flip);
  }
});

test("a shorter training says so", () => {
  const [training, pooling] = trainingDepartures(resolved("quick", "mnist"));
  assert.match(training!, /400 mini-batches of 128 with a "one cycle" schedule up to rate 0.2/);
  assert.match(pooling!, /squares of 2 x 2 pixels/);
});

test.run();
