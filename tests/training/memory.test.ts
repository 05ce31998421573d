/** Memory over long trainings: what one step takes is free again before the next. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork, uniformSurvival } from "../../src/networks";
import { tf } from "../../src/runtime";
import { createTrainer, prepareImages, type TrainingPlan } from "../../src/training";
import { toyData, toyPlan } from "./toy";

const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);
const megabyte = 2 ** 20;

/** Tensors and bytes of tensors after each step, and resident memory after every tenth, in MiB. */
function memoryOver(plan: TrainingPlan, steps: number) {
  const { network, optimiser, step } = createTrainer(plan, images);
  const tensors: string[] = [];
  const resident: number[] = [];
  try {
    for (let index = 0; index < steps; index++) {
      step(index);
      const { numTensors, numBytes } = tf.memory();
      tensors.push(`${numTensors} tensors of ${numBytes} bytes`);
      if (index % 10 === 9) resident.push(process.memoryUsage.rss() / megabyte);
    }
  } finally {
    optimiser.dispose();
    disposeNetwork(network);
  }
  return { tensors, resident };
}

test("over 1,000 steps no tensor is left behind, and the memory of the process stays as it is", () => {
  const before = tf.memory().numTensors;
  const { architecture } = toyPlan;
  const oneBlock = { ...architecture, blocks: architecture.blocks.slice(0, 1) };
  const { tensors, resident } = memoryOver({ ...toyPlan, architecture: oneBlock, steps: 1000 }, 1000);
  assert.equal([...new Set(tensors)], [tensors[0]]);
  assert.is(tf.memory().numTensors, before);
  // The first steps fill caches of the engine and of Node's heap; then the least of each quarter must not rise with steps.
  const least = (from: number, to: number) => Math.min(...resident.slice(from, to));
  const [early, late] = [least(25, 50), least(75, 100)];
  assert.ok(late - early < 24, `${early} MiB after 250 to 500 steps, ${late} MiB after 750 to 1,000`);
});

test("nor is any where blocks are drawn, activations are computed again, or both", () => {
  const probabilities = uniformSurvival(toyPlan.architecture.blocks.length, 0.5);
  for (const more of [
    { recompute: true },
    { routes: { kind: "survival", probabilities } },
    { recompute: true, routes: { kind: "few blocks", count: 1 } },
  ] as const) {
    const before = tf.memory().numTensors;
    const { tensors } = memoryOver({ ...toyPlan, ...more }, 30);
    assert.equal([...new Set(tensors)], [tensors[0]], JSON.stringify(more));
    assert.is(tf.memory().numTensors, before);
  }
});

test.run();
