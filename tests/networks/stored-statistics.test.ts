/** Kind 3: running statistics against what arrives at them, in networks trained here and with one fault planted in each. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch } from "../../src/data";
import {
  type Architecture,
  buildByName,
  disposeNetwork,
  firstDeviating,
  type Layer,
  networkWithWeights,
  type ParameterValues,
  statisticsDeviations,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { prepareImages, train } from "../../src/training";
import { law } from "../property";
import { toyData, toyImages, toyPlan } from "../training/toy";

const names = ["resnet8", "projection-resnet8", "preactivation-resnet8", "bottleneck-resnet11", "plain8", "vgg7"];
const size = { inputShape: [8, 8, 1], classes: 2, width: 4 } as const;
const data = { ...toyData, training: toyImages(600, 1) };
const prepared = prepareImages(data, toyPlan.images, toyPlan.seed);
const [images, raw] = [1, 1 / 255].map((factor) => imagesOf(256, factor)) as [Tensor4D, Tensor4D];

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

async function trained(name: string): Promise<Trained> {
  const before = known.get(name);
  if (before !== undefined) return before;
  const { network } = await train(
    { ...toyPlan, steps: 250, batchSize: 64, augmentation: null, architecture: buildByName(name, size) },
    prepared,
    {},
  );
  const weights = new Map(
    [...network.weights].map(([address, tensor]) => [
      address,
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
    ]),
  );
  disposeNetwork(network);
  const made = { architecture: network.architecture, weights };
  known.set(name, made);
  return made;
}

/** The first layer that disagrees, and by how much; null where all agree. */
function found({ architecture, weights }: Trained, x = images) {
  const network = networkWithWeights(architecture, weights);
  try {
    return firstDeviating(statisticsDeviations(network, x));
  } finally {
    disposeNetwork(network);
  }
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

for (const name of names) {
  test(`kind 3: what a trained ${name} stores agrees with what it gets, on training images and on others`, async () => {
    const given = await trained(name);
    assert.is(found(given), null, JSON.stringify(found(given)));
    const network = networkWithWeights(given.architecture, given.weights);
    const deviations = statisticsDeviations(network, images);
    disposeNetwork(network);
    const layers = [...given.weights.keys()].filter((address) => address.endsWith("/variance"));
    assert.equal(deviations.map(({ layer }) => `${layer}/variance`).sort(), layers.sort());
  });

  test(`kind 3: images of another scale disagree from the first normalisation of ${name} on`, async () => {
    const given = await trained(name);
    const network = networkWithWeights(given.architecture, given.weights);
    const [first] = statisticsDeviations(network, images);
    disposeNetwork(network);
    const astray = found(given, raw)!;
    assert.is(astray.layer, first!.layer);
  });

  test(`kind 3: a mean and a variance under each other's names are found in ${name} where they are`, async () => {
    const given = await trained(name);
    const layers = [...given.weights.keys()].filter((address) => address.endsWith("/variance"));
    for (const address of layers) {
      const layer = address.slice(0, address.lastIndexOf("/"));
      const [mean, variance] = [given.weights.get(`${layer}/mean`)!, given.weights.get(`${layer}/variance`)!];
      const swapped = withWeights(given, [`${layer}/mean`, variance], [`${layer}/variance`, mean]);
      assert.is(found(swapped)?.layer, layer);
    }
  });
}

law(
  "kind 3: channels read from the wrong places are found at the next normalisation",
  [fc.integer({ min: 1, max: 3 })],
  async (by) => {
    const given = await trained("plain8");
    const kernel = "stage2/block1/convolution/kernel";
    const { shape, data: values } = given.weights.get(kernel)!;
    const [, , channels, filters] = shape as [number, number, number, number];
    const moved = new Float32Array(values.length);
    values.forEach((value, at) => {
      const [pixel, rest] = [Math.floor(at / (channels * filters)), at % (channels * filters)];
      const channel = (Math.floor(rest / filters) + by) % channels;
      moved[(pixel * channels + channel) * filters + (rest % filters)] = value;
    });
    const layer = found(withWeights(given, [kernel, { shape, data: moved }]))?.layer;
    assert.match(layer ?? "none", /^stage2\/block1\/normalisation$/);
  },
  { numRuns: 3, examples: [[1], [2], [3]] },
);

test("kind 3: another epsilon is found behind the layer that has it", async () => {
  const given = await trained("plain8");
  const astray = found(withLayer(given, "stage1/block1/normalisation", (layer) => ({ ...layer, epsilon: 1 }) as Layer));
  assert.is(astray?.layer, "stage1/block2/normalisation");
});

test("kind 3: a stride in the first convolution of a bottleneck, where training had it in the second, is found", async () => {
  const given = await trained("bottleneck-resnet11");
  const stride = (value: number) => (layer: Layer) => ({ ...layer, stride: value }) as Layer;
  const early = withLayer(given, "stage2/block1/convolution1", stride(2));
  const astray = found(withLayer(early, "stage2/block1/convolution2", stride(1)));
  assert.match(astray?.layer ?? "none", /^stage[23]\/block1\/normalisation\d$/);
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
  assert.throws(() => statisticsDeviations(network, none), /need images/);
  for (const tensor of [few, none]) tensor.dispose();
  disposeNetwork(network);
});

test.run();
