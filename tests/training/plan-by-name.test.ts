import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, linearSurvival, multiplyAccumulates, type RouteSampling } from "../../src/networks";
import { planByName, type TrainingChoices, type TrainingPlan, trainingPlan, trainingWork } from "../../src/training";
import { law } from "../property";
import { toyPlan } from "./toy";

const choices: TrainingChoices = {
  ...{ batchSize: 16, schedule: "one cycle", learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
  ...{ cropPadding: 0, flip: false, meanPool: 2, validation: 10 },
};
const digits = { height: 28, width: 28, channels: 1 };

test("a plan by name is the ordinary plan of that network, built for the pooled images", () => {
  const given = { network: "resnet8", width: 4, seed: 7, steps: 30 };
  const architecture = buildByName("resnet8", { inputShape: [14, 14, 1], classes: 10, width: 4 });
  assert.equal(planByName(choices, given, digits), trainingPlan(choices, { architecture, seed: 7, steps: 30 }));
});

test("a pooling that does not divide the images is refused, and so is a network that nobody knows", () => {
  const given = { network: "resnet8", width: 4, seed: 1, steps: 1 };
  assert.throws(() => planByName({ ...choices, meanPool: 3 }, given, digits), /3 x 3 do not divide .* 28 x 28/);
  assert.throws(() => planByName(choices, { ...given, network: "lstm5" }, digits), /there is no network "lstm5"/);
});

const plans = fc.record({ steps: fc.integer({ min: 1, max: 500 }), batchSize: fc.integer({ min: 1, max: 256 }) });

law(
  "the work of a training is three passes for each image, four where activations are recomputed",
  [plans],
  (given) => {
    const plan = { ...toyPlan, ...given };
    const passes = given.steps * given.batchSize * multiplyAccumulates(plan.architecture);
    assert.is(trainingWork(plan), 3 * passes);
    assert.is(trainingWork({ ...plan, recompute: true }), 4 * passes);
  },
);

law(
  "where routes are drawn it is that share of it which the blocks run on average",
  [fc.double({ min: 0, max: 1, noNaN: true })],
  (last) => {
    const blocks = toyPlan.architecture.blocks.length;
    const workWith = (routes: RouteSampling) => trainingWork({ ...toyPlan, routes } satisfies TrainingPlan);
    const share = workWith({ kind: "survival", probabilities: linearSurvival(blocks, last) }) / trainingWork(toyPlan);
    assert.ok(Math.abs(share - (1 - ((1 - last) * (blocks + 1)) / (2 * blocks))) < 1e-12); // the mean of 1 - t/N (1 - p_N)
    assert.is(workWith({ kind: "few blocks", count: blocks }), trainingWork(toyPlan));
    assert.is(workWith({ kind: "few blocks", count: 0 }), 0);
  },
);

test.run();
