import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  buildByName,
  normalisedStatistics,
  placedLayers,
  replaceParameter,
  withoutNormalisation,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { normalTensor, withNetwork } from "../tensors";

const side = 8;
const build = (name: string) => buildByName(name, { inputShape: [side, side, 1], classes: 3, width: 4 });
const seed = fc.nat();

law(
  "by the batch's own statistics every channel has mean 0 and variance 1, whatever scales and offsets come before",
  [fc.constantFrom("vgg7", "plain8", "resnet8", "preactivation-resnet8"), seed],
  (name, from) => {
    const architecture = build(name);
    withNetwork(architecture, from, (network) => {
      const layers = placedLayers(architecture).filter(({ layer }) => layer.kind === "batch normalisation");
      for (const { layer } of layers) {
        if (layer.kind !== "batch normalisation") continue;
        for (const which of ["scale", "offset"]) {
          const { shape } = network.weights.get(`${layer.name}/${which}`)!;
          replaceParameter(network, `${layer.name}/${which}`, normalTensor(shape, from, `${layer.name}/${which}`));
        }
      }
      const x = normalTensor<Tensor4D>([6, side, side, 1], from);
      const found = normalisedStatistics(network, x, "batch statistics");
      assert.is(found.length, layers.length);
      for (const { name: layer, means, variances } of found) {
        for (const mean of means) assert.ok(Math.abs(mean) < 1e-4, `${layer}: mean ${mean}`);
        // ε makes it smaller where a channel hardly varies, never larger
        for (const variance of variances)
          assert.ok(variance < 1.0001 && variance > 0, `${layer}: variance ${variance}`);
      }
    });
  },
  { numRuns: 12, secondsAtMost: 120 },
);

test("by the running statistics of a fresh network the moments are those of the convolution's output", () => {
  const architecture = build("vgg7");
  withNetwork(architecture, 3, (network) => {
    const x = normalTensor<Tensor4D>([4, side, side, 1], 3);
    const [first] = normalisedStatistics(network, x, "inference");
    const y = tf.conv2d(x, network.weights.get("stage1/block1/convolution/kernel") as Tensor4D, 1, "same");
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    assert.is(first!.name, "stage1/block1/normalisation");
    mean.dataSync().forEach((value, i) => {
      assert.ok(Math.abs(first!.means[i]! - value) < 1e-4);
    });
    variance.dataSync().forEach((value, i) => {
      assert.ok(Math.abs(first!.variances[i]! - value) < 1e-4 * Math.max(1, value));
    });
  });
});

test("a network without normalisation has no such moments", () => {
  const architecture = withoutNormalisation(build("vgg7"));
  withNetwork(architecture, 1, (network) => {
    assert.equal(normalisedStatistics(network, normalTensor<Tensor4D>([1, side, side, 1], 1), "inference"), []);
  });
});

test.run();
