import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  buildByName,
  createNetwork,
  disposeNetwork,
  fullRoute,
  type Network,
  networkWithWeights,
  uniformSurvival,
} from "../../src/networks";
import { dense, dropout, globalAveragePool } from "../../src/networks/families/layers";
import { evaluate } from "../../src/routes";
import { tf } from "../../src/runtime";
import {
  type Checkpoint,
  prepareImages,
  readCheckpoint,
  type Trained,
  TrainingDiverged,
  type TrainingPlan,
  train,
  trainOrLoad,
  writeCheckpoint,
} from "../../src/training";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);

function weightsOf({ weights }: Network): Record<string, string> {
  return Object.fromEntries(
    [...weights].map(([name, tensor]) => [name, Buffer.from(tensor.dataSync().slice().buffer).toString("hex")]),
  );
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "training-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The ordinary training, done once for all tests that compare with it. */
let ordinary: Trained & { readonly checkpoints: readonly Checkpoint[]; readonly tensorsLeft: number };

test.before(async () => {
  const before = tf.memory().numTensors;
  const checkpoints: Checkpoint[] = [];
  const trained = await train(toyPlan, images, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
  ordinary = { ...trained, checkpoints, tensorsLeft: tf.memory().numTensors - before };
});

test("a network learns what can be learnt, and training leaves nothing but its weights behind", async () => {
  const { network, history, tensorsLeft } = ordinary;
  assert.is(tensorsLeft, network.weights.size);
  const [result] = await evaluate(network, [fullRoute(network.architecture)], images.test, images);
  assert.ok(result!.topOneError < 0.05, `test error ${result!.topOneError}`);
  assert.is(history.at(-1)!.step, toyPlan.steps);
  assert.ok(history.at(-1)!.loss < history[0]!.loss / 2);
});

test("resumed from any of its checkpoints, a training ends with the same weights bit for bit", async () => {
  const { network, history, checkpoints } = ordinary;
  assert.ok(checkpoints.length >= 4);
  await inFolder(async (folder) => {
    for (const checkpoint of checkpoints.filter(({ step }) => step < toyPlan.steps)) {
      const path = join(folder, `${checkpoint.step}.safetensors`);
      writeCheckpoint(path, checkpoint); // through the file, as a killed process would find it
      const resumed = await train(toyPlan, images, { from: readCheckpoint(path)! });
      assert.equal(weightsOf(resumed.network), weightsOf(network), `from step ${checkpoint.step}`);
      assert.equal(resumed.history, history);
      disposeNetwork(resumed.network);
    }
  });
});

test("survival with probability 1, or of all blocks, is the ordinary training; recomputing changes no bit of it", async () => {
  const short = { ...toyPlan, steps: 20 };
  const blocks = toyPlan.architecture.blocks.length;
  const whole = await train(short, images, {});
  assert.is(whole.history[0]!.blocksRun, blocks);
  for (const change of [
    { routes: { kind: "survival", probabilities: uniformSurvival(blocks, 1) } },
    { routes: { kind: "few blocks", count: blocks } },
    { recompute: true },
  ] as const) {
    const { network, history } = await train({ ...short, ...change }, images, {});
    assert.equal(weightsOf(network), weightsOf(whole.network), JSON.stringify(change));
    assert.equal(history, whole.history);
    disposeNetwork(network);
  }
  disposeNetwork(whole.network);
});

test("with drawn routes blocks are left out, and a resumed training draws the same ones", async () => {
  const blocks = toyPlan.architecture.blocks.length;
  const plan = {
    ...toyPlan,
    steps: 80,
    routes: { kind: "survival", probabilities: uniformSurvival(blocks, 0.5) },
  } as const;
  const checkpoints: Checkpoint[] = [];
  const unbroken = await train(plan, images, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
  const meanRun = unbroken.history.reduce((sum, entry) => sum + entry.blocksRun, 0) / unbroken.history.length;
  assert.ok(Math.abs(meanRun / blocks - 0.5) < 0.15, `${meanRun} of ${blocks} blocks ran`);
  const resumed = await train(plan, images, { from: checkpoints[0]! });
  assert.equal(weightsOf(resumed.network), weightsOf(unbroken.network));
  assert.equal(resumed.history, unbroken.history);
  for (const { network } of [unbroken, resumed]) disposeNetwork(network);
});

test("dropout and exits: recomputing or resuming changes no bit, and an exit of no weight learns nothing", async () => {
  const withExit = (lossWeight: number): TrainingPlan => ({
    ...toyPlan,
    weightDecay: 0,
    steps: 70,
    architecture: {
      ...toyPlan.architecture,
      head: [dropout("dropout", 0.3), ...toyPlan.architecture.head],
      exits: [{ name: "exit", after: 0, head: [globalAveragePool, dense("exit/classifier", 2)], lossWeight }],
    },
  });
  const checkpoints: Checkpoint[] = [];
  const unbroken = await train(withExit(0.3), images, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
  for (const [plan, options] of [
    [{ ...withExit(0.3), recompute: true }, {}],
    [withExit(0.3), { from: checkpoints[0]! }],
  ] as const) {
    const { network, history } = await train(plan, images, options);
    assert.equal(weightsOf(network), weightsOf(unbroken.network));
    assert.equal(history, unbroken.history);
    disposeNetwork(network);
  }
  const weightless = await train(withExit(0), images, {});
  const fresh = createNetwork(withExit(0).architecture, toyPlan.seed);
  const exitOf = ({ weights }: Network) => weights.get("exit/classifier/kernel")!.dataSync().join();
  assert.is(exitOf(weightless.network), exitOf(fresh));
  assert.is.not(exitOf(unbroken.network), exitOf(fresh));
  assert.ok(unbroken.history[0]!.loss > weightless.history[0]!.loss); // the exit's loss is in it
  for (const network of [unbroken.network, weightless.network, fresh]) disposeNetwork(network);
});

test("routes that no network of this kind can take are refused before the first step", async () => {
  const refused = (plan: TrainingPlan) =>
    train(plan, images, {}).then(
      () => "it trained",
      ({ message }: Error) => message,
    );
  assert.match(
    await refused({ ...toyPlan, routes: { kind: "survival", probabilities: [0.5] } }),
    /need \d survival probabilities, one a block of resnet8, got 1/,
  );
  const plain = buildByName("plain8", { inputShape: toyPlan.architecture.inputShape, classes: 2, width: 2 });
  assert.match(
    await refused({ ...toyPlan, architecture: plain, routes: { kind: "few blocks", count: 6 } }),
    /stage2\/block1 has no shortcut .* it cannot be skipped/,
  );
});

test("another seed gives another network", async () => {
  const short = { ...toyPlan, steps: 20 };
  const one = await train(short, images, {});
  const other = await train({ ...short, seed: 4 }, images, {});
  assert.not.equal(weightsOf(one.network), weightsOf(other.network));
  for (const { network } of [one, other]) disposeNetwork(network);
});

test("a loss that is no longer a number stops the training, naming network, seed, step and rate", async () => {
  const before = tf.memory().numTensors;
  const wild = { ...toyPlan, schedule: { kind: "drops", initial: 1e30, at: [], warmUpSteps: 0 } } as const;
  await train(wild, images, {}).then(
    () => assert.unreachable("it went on"),
    (error: Error) => {
      assert.instance(error, TrainingDiverged);
      assert.match(error.message, /resnet8, seed 3: the loss is (NaN|Infinity) at step \d+ \(learning rate 1e\+30\)/);
    },
  );
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
});

test("stopped by its signal, a training leaves a checkpoint and goes on from there to the same weights", async () => {
  await inFolder(async (directory) => {
    const controller = new AbortController();
    const stopped = trainOrLoad(toyPlan, {
      directory,
      data: toyData,
      signal: controller.signal,
      onProgress: ({ step }) => step === 60 && controller.abort(new Error("stop")),
    });
    await stopped.then(
      () => assert.unreachable("it went on"),
      (error: Error) => assert.is(error.message, "stop"),
    );
    assert.equal(readdirSync(directory), ["checkpoint.safetensors"]);
    const steps: number[] = [];
    const { network } = await trainOrLoad(toyPlan, {
      directory,
      data: toyData,
      onProgress: ({ step }) => steps.push(step),
    });
    assert.is(steps[0], 80);
    assert.equal(weightsOf(network), weightsOf(ordinary.network));
    disposeNetwork(network);
    assert.equal(readdirSync(directory).sort(), ["history.json", "model.safetensors", "plan.json"]);
  });
});

test("a trained network is read back, not trained again; a damaged file is reported and made again", async () => {
  await inFolder(async (directory) => {
    const short = { ...toyPlan, steps: 40 };
    const options = { directory, data: toyData };
    const first = await trainOrLoad(short, options);
    const second = await trainOrLoad(short, { ...options, onProgress: () => assert.unreachable("it trained again") });
    assert.equal(weightsOf(second.network), weightsOf(first.network));
    assert.equal(second.history, first.history);

    const path = join(directory, "model.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 5]! ^= 1; // one bit of one weight
    writeFileSync(path, bytes);
    const notices: string[] = [];
    const third = await trainOrLoad(short, { ...options, onNotice: (notice) => notices.push(notice) });
    assert.match(notices.join(), /model\.safetensors: its content does not match its checksum; it is made again/);
    assert.equal(weightsOf(third.network), weightsOf(first.network));

    writeFileSync(path, bytes.subarray(0, 100));
    const fourth = await trainOrLoad(short, { ...options, onNotice: (notice) => notices.push(notice) });
    assert.is(notices.length, 2);
    assert.ok(existsSync(path));
    for (const { network } of [first, second, third, fourth]) disposeNetwork(network);
  });
});

test("a checkpoint that does not fit the network is refused, with all that is wrong", async () => {
  const { network } = await train({ ...toyPlan, steps: 20 }, images, {});
  const values = new Map([...network.weights].map(([name, { shape }]) => [name, { shape, data: new Float32Array(0) }]));
  values.delete("stem/convolution/kernel");
  values.set("head/classifier/bias", { shape: [7], data: new Float32Array(7) });
  values.set("tail", { shape: [1], data: new Float32Array(1) });
  assert.throws(
    () => networkWithWeights(network.architecture, values),
    (error: Error) =>
      /1 not in the network: tail/.test(error.message) &&
      /1 missing: stem\/convolution\/kernel/.test(error.message) &&
      /1 of another shape: head\/classifier\/bias \(need \[2\], got \[7\]\)/.test(error.message),
  );
  disposeNetwork(network);
});

test.run();
