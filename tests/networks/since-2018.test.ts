/** Small members of the families since 2018: as deep as they are called, trained a little, cut and reordered. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  backward,
  blockShapes,
  buildPublished,
  checkRoute,
  forward,
  fullRoute,
  handedFamilies,
  keepsShape,
  type Network,
  networkByName,
  newTape,
  parameter,
  placedLayers,
  replaceParameter,
  runBlock,
} from "../../src/networks";
import { depthOf } from "../../src/networks/families/families";
import { softmaxCrossEntropy } from "../../src/ops";
import { randomStream } from "../../src/random";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { assertClose, normalTensor, withNetwork } from "../tensors";

const small = ["mobilenet14", "efficientnet14", "regnet11", "convnext13", "four-stage-resnet18"];
const size = { inputShape: [14, 14, 1], classes: 4 } as const;

/** A member of a family with four filters in its first stage. */
function build(name: string) {
  const [, prefix, depth] = /^([a-z-]+?)(\d+)$/.exec(name)!;
  return handedFamilies.find((family) => family.prefix === prefix)!.build({ ...size, depth: Number(depth), width: 4 });
}

for (const name of small) {
  test(`${name} has the layers of its name, and learns a batch by heart in fifteen steps`, () => {
    const architecture = build(name);
    assert.is(depthOf(architecture), Number(/\d+$/.exec(name)![0]));
    withNetwork(architecture, 1, (network) => {
      const losses = Array.from({ length: 15 }, (_, step) => trainingStep(network, step));
      assert.ok(losses.at(-1)! < 0.7 * losses[0]!, losses.map((loss) => loss.toFixed(2)).join(", "));
    });
  });

  test(`blocks of ${name} that keep their shape are deleted and reordered, the others named where they cannot be`, () => {
    const deeper: Readonly<Record<string, string>> = { 14: "23", 11: "20", 13: "22" };
    const architecture = build(name.replace(/\d+$/, (depth) => deeper[depth] ?? depth));
    const shapes = blockShapes(architecture).map(String);
    const keeps = keepsShape(architecture);
    const full = fullRoute(architecture);
    assert.ok(keeps.filter(Boolean).length >= 3);
    withNetwork(architecture, 2, (network) => {
      const x = normalTensor<Tensor4D>([2, ...size.inputShape], 2);
      architecture.blocks.forEach(({ name: block, shortcut }, i) => {
        const deleted = full.with(i, { block: i, branch: "skip" });
        if (!keeps[i] && shortcut === null) {
          assert.throws(() => checkRoute(architecture, deleted), `${block} has no shortcut and changes`);
          return;
        }
        checkRoute(architecture, deleted);
        assert.equal(forward(network, x, { mode: "inference", route: deleted }).shape, [2, size.classes]);
        if (!keeps[i] || !keeps[i + 1] || shapes[i] !== shapes[i + 1]) return;
        const swapped = full.with(i, full[i + 1]!).with(i + 1, full[i]!);
        assert.equal(forward(network, x, { mode: "inference", route: swapped }).shape, [2, size.classes]);
      });
    });
  });
}

/** One step of gradient descent on one batch, with dropout and stochastic depth. @returns the loss before it, per image */
function trainingStep(network: Network, step: number): number {
  return tf.tidy(() => {
    const x = normalTensor<Tensor4D>([16, ...size.inputShape], 3);
    const targets = tf.oneHot(tf.range(0, 16, 1, "int32").mod(tf.scalar(4, "int32")).toInt(), 4).toFloat() as Tensor2D;
    const tape = newTape();
    const masks = (layer: string) => randomStream(step, "dropout", layer);
    const logits = forward(network, x, { mode: "training", tape, masks });
    const { loss, gradient } = softmaxCrossEntropy(logits, targets);
    const { parameters } = backward(network, tape, tf.div(gradient, 16) as Tensor2D, { input: false });
    for (const [address, by] of parameters) {
      replaceParameter(network, address, tf.sub(parameter(network, address), tf.mul(0.2, by)));
    }
    return tf.mean(loss).dataSync()[0]!;
  });
}

test("stochastic depth drops the branches of whole images, and scales those that stay", () => {
  const architecture = build("efficientnet23");
  const block = architecture.blocks.findIndex(({ residual }) =>
    residual.some((layer) => layer.kind === "dropout" && layer.rate > 0.1),
  );
  const { rate } = architecture.blocks[block]!.residual.at(-1) as { rate: number };
  withNetwork(architecture, 5, (network) => {
    const x = normalTensor<Tensor4D>([64, ...blockShapes(architecture)[block]!], 5);
    const run = (masked: boolean) =>
      runBlock(network, { block, branch: "both" }, x, "batch statistics", {
        ...(masked && { masks: (layer: string) => randomStream(7, "dropout", layer) }),
      });
    const [whole, dropped] = [tf.sub(run(false), x), tf.sub(run(true), x)];
    const size = (image: number) => tf.sum(tf.square(tf.gather(dropped, [image]))).dataSync()[0]!;
    const stays = Array.from({ length: 64 }, (_, image) => (size(image) === 0 ? 0 : 1 / (1 - rate)));
    const gone = stays.filter((factor) => factor === 0).length;
    assert.ok(gone > 0 && gone < 32, `${gone} of 64 at a rate of ${rate}`);
    assertClose(dropped, tf.mul(whole, tf.tensor4d(stays, [64, 1, 1, 1])), 1e-5, "branches");
  });
});

test("the published networks are deep and cut as their papers say", () => {
  const halvings = (name: string) => new Set(blockShapes(buildPublished(name)).map(([side]) => side));
  assert.equal([...halvings("mobilenet-v2")], [112, 56, 28, 14, 7]);
  assert.equal([...halvings("efficientnet-b0")], [112, 56, 28, 14, 7]);
  assert.equal([...halvings("regnet-y-400mf")], [112, 56, 28, 14, 7]);
  assert.equal([...halvings("convnext-t")], [56, 28, 14, 7]);
  const groups = placedLayers(buildPublished("regnet-y-400mf")).flatMap(({ layer }) =>
    layer.kind === "convolution" && layer.groups !== undefined ? [layer.filters / layer.groups] : [],
  );
  assert.equal(groups, Array(16).fill(8));
});

test("a name stands for a member of a family, or for a published network, on images of the size asked for", () => {
  const cifar = { inputShape: [32, 32, 3], classes: 10 } as const;
  for (const name of ["mobilenet23", "four-stage-resnet18", "resnet20", "convnext-t", "mobilenet-v2"]) {
    const found = networkByName(name, cifar)!;
    assert.is(found.name, name);
    assert.equal([found.inputShape, found.classes], [cifar.inputShape, cifar.classes]);
  }
  assert.is(networkByName("mobilenett23", cifar), null);
  assert.is(networkByName("mobilenet", cifar), null);
  assert.throws(() => networkByName("convnext-t", size), /convnext-t takes images of 32 pixels and more, not of 14/);
});

test("a depth that a family has not is refused with those it has", () => {
  assert.throws(
    () => build("mobilenet20"),
    /a MobileNet for small images needs depth 9n \+ 5 \(14, 23, 32, \.\.\.\), got 20/,
  );
  assert.throws(() => build("convnext9"), /needs depth 9n \+ 4 \(13, 22, 31, \.\.\.\), got 9/);
});

test.run();
