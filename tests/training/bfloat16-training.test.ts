import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, disposeNetwork, fullRoute, type Network } from "../../src/networks";
import { evaluate } from "../../src/routes";
import { bfloat16Problem, tf } from "../../src/runtime";
import {
  type Checkpoint,
  prepareImages,
  stepMemory,
  type TrainingPlan,
  train,
  trainOrLoad,
  trainUntil,
} from "../../src/training";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);
const rounded: TrainingPlan = { ...toyPlan, precision: "bfloat16" };
const bfloat16Test: (title: string, body: () => Promise<void> | void) => void =
  bfloat16Problem() === null ? test : (title) => test.skip(title, () => {});

function weightsOf({ weights }: Network): Record<string, string> {
  return Object.fromEntries(
    [...weights].map(([name, tensor]) => [name, Buffer.from(tensor.dataSync().slice().buffer).toString("hex")]),
  );
}

bfloat16Test("over 50 steps the losses of bfloat16 lie beside those of float32", async () => {
  const architecture = buildByName("resnet14", { inputShape: [8, 8, 1], classes: 2, width: 8 });
  const lossesOf = async (plan: TrainingPlan) => {
    const { network, losses } = await trainUntil({ ...plan, architecture, steps: 50 }, images, { enough: () => false });
    disposeNetwork(network);
    return losses;
  };
  const [full, half] = [await lossesOf(toyPlan), await lossesOf(rounded)];
  assert.is(half.length, 50);
  assert.not.equal(half, full);
  const differences = full.map((loss, step) => Math.abs(loss - half[step]!));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / 50;
  assert.ok(differences[0]! < 0.01, `before the first step: ${differences[0]}`);
  assert.ok(mean < 0.03, `mean difference ${mean}`);
  assert.ok(Math.max(...differences) < 0.15, `largest difference ${Math.max(...differences)}`);
});

bfloat16Test("a network learns in bfloat16, with weights in float32, and is evaluated in bfloat16", async () => {
  const before = tf.memory();
  const { network, history } = await train(rounded, images, {});
  assert.is(tf.memory().numTensors, before.numTensors + network.weights.size);
  assert.is(network.precision, "bfloat16");
  for (const tensor of network.weights.values()) assert.is(tensor.dtype, "float32");
  const [result] = await evaluate(network, [fullRoute(network.architecture)], images.test, images);
  assert.ok(result!.topOneError < 0.05, `test error ${result!.topOneError}`);
  assert.ok(history.at(-1)!.loss < history[0]!.loss / 2);
  disposeNetwork(network);
  assert.is(tf.memory().numBytes, before.numBytes);
});

bfloat16Test(
  "resumed from any of its checkpoints, or recomputed, it ends with the same weights bit for bit",
  async () => {
    const checkpoints: Checkpoint[] = [];
    const plan = { ...rounded, steps: 80 };
    const unbroken = await train(plan, images, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
    const others = checkpoints.filter(({ step }) => step < plan.steps);
    assert.ok(others.length > 0);
    const again = [
      ...(await Promise.all(others.map((from) => train(plan, images, { from })))),
      await train({ ...plan, recompute: true }, images, {}),
    ];
    for (const { network, history } of again) {
      assert.equal(weightsOf(network), weightsOf(unbroken.network));
      assert.equal(history, unbroken.history);
      disposeNetwork(network);
    }
    disposeNetwork(unbroken.network);
  },
);

bfloat16Test("a stored network keeps its precision, and its plan says so", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bfloat16-"));
  try {
    const plan = { ...rounded, steps: 20 };
    const [made, loaded] = [
      await trainOrLoad(plan, { directory, data: toyData }),
      await trainOrLoad(plan, { directory, data: toyData }),
    ];
    assert.is(loaded.network.precision, "bfloat16");
    assert.equal(weightsOf(loaded.network), weightsOf(made.network));
    assert.is(JSON.parse(readFileSync(join(directory, "plan.json"), "utf8")).precision, "bfloat16");
    for (const { network } of [made, loaded]) disposeNetwork(network);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

bfloat16Test("activations of two bytes take little more than half of the memory of a step", () => {
  const architecture = buildByName("resnet14", { inputShape: [8, 8, 1], classes: 2, width: 16 });
  const [full, half] = [toyPlan, rounded].map((plan) => stepMemory({ ...plan, architecture, batchSize: 64 }, images));
  assert.is(half!.heldBytes, full!.heldBytes);
  assert.ok(half!.peakBytes < 0.65 * full!.peakBytes, `${half!.peakBytes} beside ${full!.peakBytes}`);
});

test.run();
