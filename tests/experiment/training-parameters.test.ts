import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Departure,
  dataAtScale,
  findExperiments,
  hasStandard,
  type Scale,
  scales,
  trainingDepartures,
  trainingParameters,
} from "../../src/experiment";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import { buildByName } from "../../src/networks";
import { learningRate, trainingPlan } from "../../src/training";

const resolved = (scale: Scale, data: "mnist" | "cifar10") =>
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
  for (const scale of scales) {
    const params = resolved(scale, "mnist");
    assert.not(trainingPlan(params, { architecture, seed: 1, steps: 1 }).augmentation?.flip);
  }
});

const root = path.resolve(__dirname, "../..");
const experiments = findExperiments(path.join(root, "experiments"), []).map(({ definition }) => definition);

/** Every network that an experiment trains with seed 1 at `standard`, by the rest of its plan. */
function plansAtStandard(name: string): { readonly network: string; readonly plan: string; readonly steps: number }[] {
  const definition = experiments.find((one) => one.name === name)!;
  const data = dataAtScale("standard", definition.datasets);
  const { values } = resolveParameters(definition.parameters, { scale: "standard", data, overrides: {} });
  const size = { height: 32, width: 32, channels: 3 };
  return definition
    .cells(values)
    .filter(({ seed }) => seed === 1)
    .flatMap((cell) => {
      const plan = definition.network?.(cell, values, size) ?? null;
      return plan === null ? [] : [{ network: plan.architecture.name, plan: JSON.stringify(plan), steps: plan.steps }];
    });
}

test("at standard all that depends on training has a scale of its own, on CIFAR-10, and nothing else has", () => {
  const own = experiments.filter(hasStandard);
  assert.equal([...new Set(own.flatMap(({ claims }) => claims.map(({ id }) => id.split(".")[0]!)))].sort(), [
    "B2",
    "B3",
    "B6",
    "C5",
    "C7",
    "D1",
    "D3",
    "D4",
    "D5",
    "E1",
    "E2",
    "E3",
    "E4",
    "E7",
    "E8",
    "F4",
    "F5",
  ]);
  for (const { name, datasets } of own) assert.is(dataAtScale("standard", datasets), "cifar10", name);
});

test("at standard a network that several experiments ask for is one network in the store", () => {
  const of = (name: string, network: string) => {
    const plans = plansAtStandard(name).filter((one) => one.network.startsWith(network));
    assert.ok(plans.length > 0, `${name} trains ${network}: ${plansAtStandard(name).map((one) => one.network)}`);
    return plans[0]!.plan;
  };
  const shared: [network: string, experiments: string[]][] = [
    [
      "preactivation-resnet32",
      ["block-deletion", "block-reordering", "path-lengths", "ode-learning", "stochastic-depth-at-test"],
    ],
    ["plain32", ["block-deletion", "block-reordering"]],
  ];
  for (const [network, names] of shared) {
    const plans = names.map((name) => of(name, network));
    assert.is(new Set(plans).size, 1, `${network}: ${names.filter((_, i) => plans[i] !== plans[0])}`);
  }
});

test("a shorter training says so", () => {
  const [training, pooling] = trainingDepartures(resolved("quick", "mnist"));
  const sentenceOf = (one: Departure | undefined) => (typeof one === "string" ? one : one!.sentence);
  assert.match(sentenceOf(training), /400 mini-batches of 128 with a "one cycle" schedule up to rate 0.2/);
  assert.match(sentenceOf(pooling), /squares of 2 x 2 pixels/);
});

test.run();
