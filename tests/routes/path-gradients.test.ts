import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch, type ImageSet, labelsOf } from "../../src/data";
import {
  type Architecture,
  buildByName,
  buildLinearResNet,
  createNetwork,
  disposeNetwork,
  fullRoute,
  type Network,
  parameter,
  replaceParameter,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { allPaths, pathGradientNorms, pathLength } from "../../src/routes";
import { type Tensor4D, tf } from "../../src/runtime";
import { composedGradients, composedLogits } from "../networks/composed-network";
import { law } from "../property";

const inputShape = [8, 8, 1] as const;
const channelStatistics = { mean: [128], standardDeviation: [64] };
const linear = (blocks: number) => buildLinearResNet({ blocks, inputShape, classes: 3, width: 4 });
const resnet = (name: string) => buildByName(name, { inputShape, classes: 3, width: 3 });

function images(count: number, seed: number): ImageSet {
  const stream = randomStream(seed, "pictures");
  return {
    images: Uint8Array.from({ length: count * 64 }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, () => stream.integer(3)),
    ...{ count, height: 8, width: 8, channels: 1 },
  };
}

/** Runs a body on a fresh network and asserts that neither leaves a tensor behind. */
async function withFresh(architecture: Architecture, seed: number, body: (network: Network) => Promise<void>) {
  const before = tf.memory().numTensors;
  const network = createNetwork(architecture, seed);
  await body(network);
  disposeNetwork(network);
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
}

function measure(network: Network, set: ImageSet, samples: number, seed = 1): Promise<number[][]> {
  return pathGradientNorms(network, set, { channelStatistics, samples, stream: randomStream(seed, "paths") });
}

/**
 * Norms by TensorFlow.js's own tape, for a linear network: the gradient along a path is that of the path's own output,
 * with the loss taken where the whole network's logits are.
 */
function referenceNorms({ architecture, weights }: Network, set: ImageSet): number[][] {
  const indices = Uint32Array.from({ length: set.count }, (_, i) => i);
  const norms: number[][] = Array.from({ length: architecture.blocks.length + 1 }, () => []);
  tf.tidy(() => {
    const x: Tensor4D = tf.tensor4d(gatherBatch(set, indices, channelStatistics), [set.count, ...inputShape]);
    const logits = composedLogits(architecture, weights, x, fullRoute(architecture));
    const targets = tf.oneHot(tf.tensor1d(labelsOf(set, indices), "int32"), 3);
    const byLogits = tf.grad((given) => tf.losses.softmaxCrossEntropy(targets, given))(logits);
    for (const path of allPaths(architecture)) {
      const gradients = composedGradients(architecture, weights, x, path, (own) => tf.sum(tf.mul(own, byLogits)));
      norms[pathLength(path)]!.push(tf.norm(gradients.get("images")!).dataSync()[0]!);
    }
  });
  return norms;
}

const sorted = (values: readonly number[]) => [...values].sort((one, other) => one - other);

law(
  "along every path of a linear network the gradient is that of the path's own output",
  [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.nat()],
  (blocks, count, seed) =>
    withFresh(linear(blocks), seed, async (network) => {
      const set = images(count, seed);
      const expected = referenceNorms(network, set);
      const found = await measure(network, set, 6); // no length of four blocks has more paths
      assert.is(found.length, blocks + 1);
      found.forEach((norms, length) => {
        assert.is(norms.length, expected[length]!.length);
        sorted(norms).forEach((norm, i) => {
          const other = sorted(expected[length]!)[i]!;
          assert.ok(Math.abs(norm / other - 1) < 1e-4, `length ${length}: ${norm}, not ${other}`);
        });
      });
    }),
  { numRuns: 8 },
);

law(
  "all paths of a length are tried where the draws allow it, else so many are drawn",
  [fc.integer({ min: 1, max: 12 }), fc.nat()],
  (samples, seed) =>
    withFresh(resnet("preactivation-resnet14"), seed, async (network) => {
      const set = images(2, seed);
      const norms = await measure(network, set, samples, seed);
      assert.equal(
        norms.map(({ length }) => length),
        [1, 6, 15, 20, 15, 6, 1].map((paths) => Math.min(paths, samples)),
      );
      assert.equal(await measure(network, set, samples, seed), norms); // equal streams, equal draws
    }),
  { numRuns: 8 },
);

test("a path 2^-156 as strong as the shortcuts still has a gradient, and the right one", async () => {
  const at = async (factor: number) => {
    const norms: number[] = [];
    await withFresh(linear(12), 1, async (network) => {
      for (const { name } of network.architecture.blocks) {
        const address = `${name}/convolution/kernel`;
        replaceParameter(
          network,
          address,
          tf.tidy(() => tf.mul(parameter(network, address), factor)),
        );
      }
      norms.push(...(await measure(network, images(3, 1), 1)).map(([norm]) => norm!));
    });
    return norms[12]! / norms[0]!;
  };
  // The branches hardly change the logits, so the norm along all twelve goes with the twelfth power of their factor.
  const ratio = (await at(2 ** -13)) / (await at(2 ** -8));
  assert.ok(Math.abs(ratio / 2 ** -60 - 1) < 0.02, `${ratio}, not about ${2 ** -60}`);
});

test("downsampling blocks count like others, and are passed by their shortcuts", async () => {
  await withFresh(resnet("preactivation-resnet8"), 1, async (network) => {
    const norms = await measure(network, images(4, 1), 3);
    assert.equal(
      norms.map(({ length }) => length),
      [1, 3, 3, 1],
    );
    for (const norm of norms.flat()) assert.ok(norm > 0 && Number.isFinite(norm), `${norm}`);
  });
});

test("the running statistics of the network are left alone", async () => {
  await withFresh(resnet("preactivation-resnet8"), 1, async (network) => {
    const values = () => [...network.weights.values()].map((tensor) => [...tensor.dataSync()]);
    const before = values();
    await measure(network, images(4, 1), 1);
    assert.equal(values(), before);
  });
});

test("what cannot be measured is refused, and an abort is heeded", async () => {
  const refused = async (architecture: Architecture, set: ImageSet, samples: number, says: RegExp) => {
    await withFresh(architecture, 1, async (network) => {
      const message = await measure(network, set, samples).then(
        () => "nothing was thrown",
        (error: Error) => error.message,
      );
      assert.match(message, says);
    });
  };
  await refused(resnet("plain8"), images(1, 1), 1, /block1 of plain8 has no shortcut to pass it by/);
  await refused(linear(2), images(1, 1), 0, /whole number of samples, at least 1, got 0/);
  await refused(linear(2), images(0, 1), 1, /at least one image/);
  await withFresh(linear(8), 1, async (network) => {
    const heard: number[] = [];
    const abort = new AbortController();
    const measuring = pathGradientNorms(network, images(1, 1), {
      channelStatistics,
      samples: 12,
      stream: randomStream(1),
      signal: abort.signal,
      onProgress(done) {
        heard.push(done);
        abort.abort();
      },
    });
    await measuring.then(
      () => assert.unreachable("an abort was not heeded"),
      (error: Error) => assert.is(error.name, "AbortError"),
    );
    assert.equal(heard, [3], "the 1, 8 and 12 paths of the first lengths go back together, then it stops");
  });
});

test.run();
