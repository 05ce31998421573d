/** What else a project does with the package: counts, deletes blocks, trains, measures, with types that are checked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Architecture,
  channelStatistics,
  deletableBlocks,
  disposeNetwork,
  evaluate,
  fullRoute,
  type ImageSet,
  parameterCounts,
  randomStream,
  routeWithout,
  train,
  trainingPlan,
} from "cnn-findings";
import buildMine, { buildForkedNetwork } from "./my-network";

const architecture = buildMine({ inputShape: [8, 8, 1], classes: 2 });

/** Images of noise, those of class 1 brighter than those of class 0. */
function brightAndDark(count: number, seed: number): ImageSet {
  const stream = randomStream(seed, "pictures");
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const images = Uint8Array.from({ length: count * 64 }, (_, i) => stream.integer(100) + 100 * labels[i >> 6]!);
  return { images, labels, count, height: 8, width: 8, channels: 1 };
}

test("its parameters are counted without TensorFlow", () => {
  const stem = 9 * 8 + 2 * 8;
  const first = (9 + 3) * 8 * 8 + 2 * 16 + 16 * 8 + 2 * 8;
  const widening = (9 + 3) * 8 * 16 + 2 * 32 + 32 * 16 + 2 * 16 + 8 * 16;
  const head = 16 * 2 + 2;
  const { trainable } = parameterCounts(buildForkedNetwork({ depth: 6, inputShape: [8, 8, 1], classes: 2 }));
  assert.equal(trainable, stem + first + widening + head);
});

test("it learns to tell bright from dark, and each block can be deleted", async () => {
  const training = brightAndDark(256, 1);
  const statistics = channelStatistics(training);
  const plan = trainingPlan(
    {
      batchSize: 32,
      schedule: "one cycle",
      learningRate: 0.05,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 1e-4,
      cropPadding: 0,
      flip: false,
      meanPool: 1,
      validation: 0,
    },
    { architecture, seed: 1, steps: 40 },
  );
  const images = {
    training,
    validation: brightAndDark(2, 2),
    test: brightAndDark(64, 3),
    channelStatistics: statistics,
  };
  const { network, history } = await train(plan, images, {});
  try {
    assert.ok(history.at(-1)!.loss < history[0]!.loss);
    const routes = [
      fullRoute(architecture),
      ...deletableBlocks(architecture).map((i) => routeWithout(architecture, [i])),
    ];
    const [intact, ...lesioned] = await evaluate(network, routes, images.test, { channelStatistics: statistics });
    assert.ok(intact!.topOneError < 0.1, `${intact!.topOneError}`);
    assert.equal(lesioned.length, architecture.blocks.length);
  } finally {
    disposeNetwork(network);
  }
});

test("types are checked", () => {
  // @ts-expect-error an architecture has blocks
  const incomplete: Architecture = { name: "incomplete", inputShape: [8, 8, 1], classes: 2, stem: [], head: [] };
  assert.equal(incomplete.name, "incomplete");
});
