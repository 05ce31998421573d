/** Kind 3: running statistics against what arrives at them, in networks trained here and with one fault planted in each. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch } from "../../src/data";
import {
  type Architecture,
  buildByName,
  compareStatistics,
  disposeNetwork,
  type Layer,
  linearSurvival,
  networkWithWeights,
  type ParameterValues,
  type StatisticsComparison,
  statisticsDeviations,
  uniformSurvival,
  weightsFromPyTorch,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { prepareImages, type TrainingPlan, train } from "../../src/training";
import { law } from "../property";
import { toyData, toyImages, toyPlan } from "../training/toy";

const names = ["resnet8", "projection-resnet8", "preactivation-resnet8", "bottleneck-resnet11", "plain8", "vgg7"];
const size = { inputShape: [8, 8, 1], classes: 2, width: 8 } as const;
const data = { ...toyData, training: toyImages(600, 1) };
const prepared = prepareImages(data, toyPlan.images, toyPlan.seed);
const [images, raw] = [1, 1 / 255].map((factor) => imagesOf(128, factor)) as [Tensor4D, Tensor4D];

/** The first training images: as they are prepared here, or as values in [0, 1]. */
function imagesOf(count: number, factor: number): Tensor4D {
  const { training, channelStatistics } = prepared;
  const places = Array.from({ length: count }, (_, i) => i);
  const values =
    factor === 1
      ? gatherBatch(training, places, channelStatistics)
      : Float32Array.from(training.images.subarray(0, count * 64), (level) => level * factor);
  return tf.tensor4d(values, [count, 8, 8, 1]);
}

interface Trained {
  readonly architecture: Architecture;
  readonly weights: ReadonlyMap<string, ParameterValues>;
}

const known = new Map<string, Trained>();

async function trained(name: string, more: Partial<TrainingPlan> = {}): Promise<Trained> {
  const key = JSON.stringify([name, more]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const architecture = buildByName(name, size);
  const plan = { ...toyPlan, steps: 100, batchSize: 64, augmentation: null, architecture, ...more };
  const { network } = await train(plan, prepared, {});
  const weights = new Map(
    [...network.weights].map(([address, tensor]) => [
      address,
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
    ]),
  );
  disposeNetwork(network);
  const made = { architecture, weights };
  known.set(key, made);
  return made;
}

function compared({ architecture, weights }: Trained, x = images): StatisticsComparison {
  const network = networkWithWeights(architecture, weights);
  try {
    return compareStatistics(network, x);
  } finally {
    disposeNetwork(network);
  }
}

/** The layer from which on the network is told not to run as it was trained; null where it is not told so. */
function found(given: Trained, x = images): string | null {
  const { outcome, first } = compared(given, x);
  return outcome === "disagree" ? first!.layer : null;
}

/** The same network with a layer replaced. */
function withLayer({ architecture, weights }: Trained, name: string, change: (layer: Layer) => Layer): Trained {
  const changed = (layers: readonly Layer[]) =>
    layers.map((layer) => ("name" in layer && layer.name === name ? change(layer) : layer));
  const blocks = architecture.blocks.map((block) => ({
    ...block,
    residual: changed(block.residual),
    shortcut: block.shortcut && changed(block.shortcut),
  }));
  return { architecture: { ...architecture, stem: changed(architecture.stem), blocks }, weights };
}

function withWeights(given: Trained, ...others: readonly (readonly [string, ParameterValues])[]): Trained {
  return { ...given, weights: new Map([...given.weights, ...others]) };
}

const normalisations = ({ weights }: Trained) =>
  [...weights.keys()].flatMap((address) => /^(.*)\/variance$/.exec(address)?.slice(1) ?? []);

for (const name of names) {
  test(`kind 3: what a trained ${name} stores agrees with what it gets`, async () => {
    const given = await trained(name);
    const { outcome, deviations, first } = compared(given);
    assert.is(outcome, "agree", JSON.stringify(first));
    assert.equal(deviations.map(({ layer }) => layer).sort(), normalisations(given).sort());
    for (const { layer, mean, spread } of deviations)
      assert.ok(mean < 0.1 && spread < 0.1, `${layer} ${mean} ${spread}`);
  });

  test(`kind 3: a ${name} of few steps is not called wrong, nor one without any right`, async () => {
    for (const [steps, seed] of [[10, 3], [20, 4], [20, 5]] as const) {
      const { outcome, initial, first } = compared(await trained(name, { steps, seed, batchSize: 32 }));
      assert.ok(outcome === "too early" || outcome === "agree", `${steps} steps: ${outcome}, ${JSON.stringify(first)}`);
      // the share of the initial statistics after so many steps, with a momentum of 0.9
      assert.ok(initial > 0.6 * 0.9 ** steps && initial < 1.6 * 0.9 ** steps, `${steps} steps: ${initial}`);
    }
    const given = await trained(name);
    const fresh = normalisations(given).flatMap((layer) =>
      [0, 1].map((value, i): [string, ParameterValues] => {
        const address = `${layer}/${["mean", "variance"][i]}`;
        const { shape } = given.weights.get(address)!;
        return [address, { shape, data: new Float32Array(shape[0]!).fill(value) }];
      }),
    );
    assert.is(compared(withWeights(given, ...fresh)).outcome, "initial");
  }); // biome-ignore format: a table

  test(`kind 3: images of another scale disagree from the first normalisation of ${name} on`, async () => {
    for (const given of [await trained(name), await trained(name, { steps: 20, seed: 4, batchSize: 32 })]) {
      const { outcome, first, deviations } = compared(given, raw);
      assert.is(outcome, "disagree");
      assert.is(first, deviations[0]);
    }
  });

  test(`kind 3: a mean and a variance under each other's names are found in ${name} where they are`, async () => {
    const given = await trained(name);
    for (const layer of normalisations(given)) {
      const [mean, variance] = [given.weights.get(`${layer}/mean`)!, given.weights.get(`${layer}/variance`)!];
      const swapped = withWeights(given, [`${layer}/mean`, variance], [`${layer}/variance`, mean]);
      assert.is(found(swapped), layer);
    }
  });
}

for (const [how, network, probabilities, behind] of [
  ["more often further in", "resnet20", linearSurvival(9, 0.5), 1],
  ["every second", "preactivation-resnet14", uniformSurvival(6, 0.5), 2],
] as const) {
  test(`kind 3: a network whose blocks were dropped at random, ${how}, is not called wrong; read wrongly it is`, async () => {
    const given = await trained(network, { steps: 160, routes: { kind: "survival", probabilities } });
    const { outcome, first } = compared(given);
    assert.match(outcome, /^agree/, JSON.stringify(first));
    assert.is(compared(given, raw).outcome, "disagree");
    const moved = withChannelsMoved(given, "stage2/block2/convolution1/kernel", 3);
    assert.is(found(moved), `stage2/block2/normalisation${behind}`);
  });
}

/** The same weights, but for a kernel that takes its channels so many places further. */
function withChannelsMoved(given: Trained, kernel: string, by: number): Trained {
  const { shape, data: values } = given.weights.get(kernel)!;
  const [, , channels, filters] = shape as [number, number, number, number];
  const moved = new Float32Array(values.length);
  values.forEach((value, at) => {
    const [pixel, rest] = [Math.floor(at / (channels * filters)), at % (channels * filters)];
    const channel = (Math.floor(rest / filters) + by) % channels;
    moved[(pixel * channels + channel) * filters + (rest % filters)] = value;
  });
  return withWeights(given, [kernel, { shape, data: moved }]);
}

law(
  "kind 3: channels read from the wrong places are found at the next normalisation",
  [fc.integer({ min: 1, max: 7 })],
  async (by) => {
    const layer = found(withChannelsMoved(await trained("plain8"), "stage2/block1/convolution/kernel", by));
    assert.is(layer, "stage2/block1/normalisation");
  },
  { numRuns: 3, examples: [[1], [2], [3]] },
);

test("kind 3: zero channels at the end, where the network had them on both sides, are found behind the first of them", async () => {
  const given = await trained("resnet14");
  assert.is(found(given), null);
  // Trained with all at the end; as if its file had been of a network with half of them on each side.
  const astray = weightsFromPyTorch(given.architecture, stateOf(given), {
    naming: "resnet",
    zeroChannels: "both sides",
  });
  assert.match(found({ ...given, weights: astray }) ?? "none", /^stage2\/block2\/normalisation1$/);
  const right = weightsFromPyTorch(given.architecture, stateOf(given), { naming: "resnet", zeroChannels: "end" });
  assert.is(found({ ...given, weights: right }), null);
});

/** Its weights by PyTorch's names, in PyTorch's layouts. */
function stateOf({ weights }: Trained): Map<string, ParameterValues> {
  const last: Record<string, string> = {
    kernel: "weight",
    scale: "weight",
    mean: "running_mean",
    variance: "running_var",
  };
  return new Map(
    [...weights].map(([address, { shape, data }]) => {
      const [, layer, parameter] = /^(.*)\/(\w+)$/.exec(address) as unknown as [string, string, string];
      const module = layer
        .replace(/stage(\d)\/block(\d)/, (_, stage, block) => `layer${stage}.${block - 1}`)
        .replace("stem/convolution", "conv1")
        .replace("stem/normalisation", "bn1")
        .replace("head/classifier", "fc")
        .replace("/convolution", ".conv")
        .replace("/normalisation", ".bn");
      const turned = [3, 2, 0, 1].filter((axis) => shape.length === 4 || axis < shape.length);
      const values = tf.tidy(() =>
        tf.transpose(tf.tensor(data, [...shape]), shape.length === 2 ? [1, 0] : shape.length === 4 ? turned : [0]),
      );
      const state = { shape: values.shape, data: Float32Array.from(values.dataSync()) };
      values.dispose();
      return [`${module}.${last[parameter] ?? "bias"}`, state];
    }),
  );
}

test("kind 3: a stride in the first convolution of a bottleneck, where training had it in the second, is found", async () => {
  const given = await trained("bottleneck-resnet11");
  const stride = (value: number) => (layer: Layer) => ({ ...layer, stride: value }) as Layer;
  const early = withLayer(given, "stage2/block1/convolution1", stride(2));
  const astray = found(withLayer(early, "stage2/block1/convolution2", stride(1)));
  assert.match(astray ?? "none", /^stage[23]\/block1\/normalisation\d$/);
});

test("kind 3: the check changes nothing that is stored and leaves no tensor behind, whatever the number of images", async () => {
  const { architecture, weights } = await trained("bottleneck-resnet11");
  const network = networkWithWeights(architecture, weights);
  const few = images.slice(0, 33);
  const before = tf.memory().numTensors;
  assert.is(statisticsDeviations(network, few).length, statisticsDeviations(network, images).length);
  assert.is(tf.memory().numTensors, before);
  for (const [address, tensor] of network.weights) {
    assert.equal(Float32Array.from(tensor.dataSync()), weights.get(address)!.data, address);
  }
  const none = images.slice(0, 0);
  assert.is(compareStatistics(network, few).outcome, "agree");
  assert.is(tf.memory().numTensors, before + 1);
  assert.throws(() => compareStatistics(network, none), /need images/);
  for (const tensor of [few, none]) tensor.dispose();
  disposeNetwork(network);
});

test.run();
