import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, buildPublished, forward, takeBatchStatistics } from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork, withoutLeak } from "../tensors";

const inputShape = [8, 8, 2] as const;
const architectures = [
  ...["resnet8", "preactivation-bottleneck-resnet20", "vgg7"].map((name) =>
    buildByName(name, { inputShape, classes: 3, width: 4 }),
  ),
  buildPublished("densenet-bc-100-12", { inputShape }),
];

law(
  "a network that took a batch's statistics gives at inference what it gives under them",
  [fc.constantFrom(...architectures), fc.nat()],
  (architecture, seed) => {
    withNetwork(architecture, seed, (network) => {
      const x = normalTensor<Tensor4D>([64, ...inputShape], seed, "x");
      withoutLeak(() => takeBatchStatistics(network, x));
      const expected = forward(network, x, { mode: "batch statistics" });
      // variances differ by n / (n - 1), n at least 64 x 1 x 1
      assertClose(forward(network, x, { mode: "inference" }), expected, 0.15, architecture.name);
    });
  },
  { numRuns: 8 },
);

const cifar10 = { inputShape: [32, 32, 3], classes: 10 } as const;

test("without a batch's statistics a network of a thousand layers overflows at inference, with them it does not", () => {
  const architecture = buildByName("preactivation-bottleneck-resnet1001", { ...cifar10, width: 8 });
  withNetwork(architecture, 1, (network) => {
    const x = normalTensor<Tensor4D>([1, ...cifar10.inputShape], 1, "x");
    const logitsAreFinite = () => Number.isFinite(tf.sum(forward(network, x, { mode: "inference" })).dataSync()[0]);
    assert.not.ok(logitsAreFinite());
    takeBatchStatistics(network, x);
    assert.ok(logitsAreFinite());
  });
});

test.run();
