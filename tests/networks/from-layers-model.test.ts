/** Converted LayersModels against the models themselves, and against what Keras computed (tests/networks/references). */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  disposeNetwork,
  forward,
  fromLayersModel,
  keepsShape,
  type Network,
  parameterCounts,
} from "../../src/networks";
import { deletableBlocks, routeWithout } from "../../src/routes";
import { type Tensor2D, type Tensor4D, tf, type tfjs } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor } from "../tensors";
import { apply, buildModel, imageShape, type ModelSketch, modelSketch, sampleWeights } from "./layers-model";

const references = path.join(__dirname, "references", "keras-resnet");

function withConverted(model: tfjs.LayersModel, body: (network: Network) => void): void {
  const network = fromLayersModel(model);
  try {
    tf.tidy(() => body(network));
  } finally {
    disposeNetwork(network);
    model.dispose();
  }
}

const images = (seed: number, shape: readonly number[] = imageShape): Tensor4D => normalTensor([3, ...shape], seed);
const logitsOf = (network: Network, x: Tensor4D): Tensor2D => forward(network, x, { mode: "inference" });

law(
  "a converted model gives the logits that the model predicts, and leaves it as it was",
  [modelSketch, fc.nat()],
  (sketch: ModelSketch, seed) => {
    const before = tf.memory().numTensors;
    withConverted(buildModel(sketch, seed), (network) => {
      const model = buildModel(sketch, seed);
      const x = images(seed);
      const predicted = model.predict(x) as Tensor2D;
      const logits = logitsOf(network, x);
      assertClose(sketch.softmax === "none" ? logits : tf.softmax(logits), predicted, 1e-5, "logits");
      model.dispose();
    });
    assert.is(tf.memory().numTensors, before, "tensors were left behind");
  },
  { numRuns: 40 },
);

law(
  "every weight of a model is one of the network's",
  [modelSketch, fc.nat()],
  (sketch: ModelSketch, seed) => {
    const model = buildModel(sketch, seed);
    const weights = model.countParams();
    withConverted(model, ({ architecture }) => {
      const { total } = parameterCounts(architecture);
      // normalisation without scale or offset has constants in their place, and so has rescaling with an offset
      assert.ok(total >= weights, `${total} parameters of ${weights}`);
    });
  },
  { numRuns: 10 },
);

/**
 * A residual network as one writes it in Keras: a stem, two blocks of equal shape, pooling, one that widens, one more.
 *
 * @param deleted a block whose branch is left out
 */
function smallResNet(deleted?: number): tfjs.LayersModel {
  const input = tf.input({ shape: [12, 12, 1] });
  const convolution = (x: tfjs.SymbolicTensor, name: string, filters: number, strides = 1) => {
    const y = apply(tf.layers.conv2d({ filters, kernelSize: 3, strides, padding: "same", useBias: false, name }), x);
    return apply(tf.layers.batchNormalization({ name: `${name}-normalisation` }), y);
  };
  const relu = (x: tfjs.SymbolicTensor) => apply(tf.layers.activation({ activation: "relu" }), x);
  const block = (x: tfjs.SymbolicTensor, filters: number, index: number, strides = 1) => {
    const shortcut =
      strides === 1 ? x : apply(tf.layers.conv2d({ filters, kernelSize: 1, strides, name: `projection${index}` }), x);
    const inner = relu(convolution(x, `block${index}/first`, filters, strides));
    const residual = convolution(inner, `block${index}/second`, filters);
    return relu(index === deleted ? shortcut : apply(tf.layers.add(), [shortcut, residual]));
  };
  let x = relu(convolution(input, "stem", 4));
  x = block(block(x, 4, 0), 4, 1);
  x = apply(tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }), x);
  x = block(block(x, 6, 2, 2), 6, 3);
  x = apply(tf.layers.globalAveragePooling2d({}), x);
  const logits = apply(tf.layers.dense({ units: 3, name: "classifier" }), x);
  const model = tf.model({ inputs: input, outputs: logits, name: "small" });
  sampleWeights(model, 3, "by name");
  return model;
}

test("the additions of a residual model are its blocks, in stages, with what follows them", () => {
  withConverted(smallResNet(), ({ architecture }) => {
    const { blocks, stem, head } = architecture;
    assert.equal(
      blocks.map(({ name }) => name),
      ["stage1/block1", "stage1/block2", "stage2/block1", "stage2/block2"],
    );
    assert.equal(keepsShape(architecture), [true, true, false, true]);
    assert.equal(
      blocks.map(({ shortcut }) => shortcut!.map(({ kind }) => kind)),
      [[], [], ["max pool", "convolution"], []],
    );
    assert.equal(
      blocks.map(({ join }) => join),
      blocks.map(() => [{ kind: "relu" }]),
    );
    const kinds = (layers: readonly { kind: string }[]) => layers.map(({ kind }) => kind);
    assert.equal(kinds(stem), ["convolution", "batch normalisation", "relu"]);
    assert.equal(kinds(head), ["global average pool", "dense"]);
    assert.is(architecture.name, "small");
    assert.equal([...architecture.inputShape, architecture.classes], [12, 12, 1, 3]);
  });
});

test("a block deleted from a converted network is the model without the block's branch", () => {
  withConverted(smallResNet(), (network) => {
    const x = images(4, [12, 12, 1]);
    for (const block of deletableBlocks(network.architecture)) {
      const without = smallResNet(block);
      const expected = without.predict(x) as Tensor2D;
      const route = routeWithout(network.architecture, [block]);
      assertClose(forward(network, x, { mode: "inference", route }), expected, 1e-5, `without block ${block}`);
      without.dispose();
    }
  });
});

test("in a model without additions each convolution and each pooling is a block", () => {
  const model = tf.sequential();
  model.add(
    tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", inputShape: [8, 8, 2], activation: "relu" }),
  );
  model.add(tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: "same" }));
  model.add(tf.layers.batchNormalization());
  model.add(tf.layers.reLU());
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  model.add(tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu" }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 3, activation: "softmax" }));
  withConverted(model, ({ architecture }) => {
    assert.equal(
      architecture.blocks.map(({ name }) => name),
      ["stage1/block1", "stage1/block2", "stage1/pool", "stage2/block1"],
    );
    assert.equal(deletableBlocks(architecture), [1, 3]);
  });
});

test("a model that Keras saved gives the probabilities that Keras computed, and its additions are blocks", async () => {
  const model = await tf.loadLayersModel(`file://${references}/model.json`);
  const recorded = JSON.parse(readFileSync(path.join(references, "predictions.json"), "utf8"));
  withConverted(model, (network) => {
    const x = tf.tensor4d(recorded.images, [2, 17, 17, 3]);
    const probabilities = tf.softmax(logitsOf(network, x));
    assertClose(probabilities, tf.tensor2d(recorded.probabilities), 1e-5, "probabilities");
    const { architecture } = network;
    assert.equal(
      architecture.blocks.map(({ name }) => name),
      ["stage1/block1", "stage1/block2", "stage2/block1"],
    );
    assert.equal(keepsShape(architecture), [false, true, false]); // the first has more channels than its input
    assert.equal(
      architecture.blocks.map(({ shortcut }) => shortcut!.length),
      [2, 0, 2],
    );
    assert.equal(architecture.stem[0], { ...architecture.stem[0], kind: "convolution", padding: 3, stride: 2 });
    assert.equal(architecture.stem.at(-1), { kind: "max pool", size: 3, stride: 2, padding: 1 });
  });
});

/** What the conversion of a model says. */
function refusalOf(model: tfjs.LayersModel): string {
  try {
    disposeNetwork(fromLayersModel(model));
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as RangeError).message;
  } finally {
    model.dispose();
  }
  throw new Error("the model was converted");
}

/** A model over images of 8x8x2, given what lies between its input and its pooling. */
function modelOf(body: (x: tfjs.SymbolicTensor) => tfjs.SymbolicTensor): tfjs.LayersModel {
  const input = tf.input({ shape: [8, 8, 2] });
  const features = apply(tf.layers.globalAveragePooling2d({}), body(input));
  return tf.model({ inputs: input, outputs: apply(tf.layers.dense({ units: 3 }), features) });
}

const same = (filters: number, more: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", ...more });

test("all layers that cannot be converted are listed at once, each with its reason", () => {
  const message = refusalOf(
    modelOf((input) => {
      let x = apply(same(4, { dilationRate: 2, name: "dilated" }), input);
      x = apply(tf.layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, padding: "same", name: "depthwise" }), x);
      x = apply(tf.layers.layerNormalization({ axis: [2, 3], name: "layer" }), x);
      x = apply(tf.layers.thresholdedReLU({ name: "threshold" }), x);
      x = apply(same(4, { activation: "selu", name: "exponential" }), x);
      x = apply(tf.layers.conv2d({ filters: 2, kernelSize: 3, strides: [1, 2], padding: "same", name: "uneven" }), x);
      x = apply(tf.layers.reLU({ maxValue: 5, name: "relu5" }), x);
      x = apply(tf.layers.batchNormalization({ axis: 1, name: "rows" }), x);
      return apply(tf.layers.zeroPadding2d({ padding: [[0, 1], [0, 1]], name: "corner" }), x); // biome-ignore format: one list
    }),
  );
  for (const [name, reason] of [
    ["dilated (Conv2D)", "its dilation is 2 x 2, ours is 1"],
    ["depthwise (DepthwiseConv2D)", "its dilation is 2 x 2, ours is 1"],
    ["layer (LayerNormalization)", "its axes are 2, 3, ours is the last"],
    ["threshold (ThresholdedReLU)", "there is no such layer here"],
    ["exponential (Conv2D)", "its activation is selu"],
    ["uneven (Conv2D)", "its stride is 1 x 2"],
    ["relu5 (ReLU)", "it ends at 5, ours at 6 or nowhere"],
    ["rows (BatchNormalization)", "its axis is 1, ours is the last"],
    ["corner (ZeroPadding2D)", "it is taken in by a convolution or a maximum without padding only"],
  ] as const) {
    assert.match(message, `${name}: ${reason}`);
  }
});

test("what is not a row of layers, blocks and branches is refused with its reason", () => {
  const shared = same(2);
  const padding = () => tf.layers.zeroPadding2d({ padding: [1, 1] });
  const cases: [string, (x: tfjs.SymbolicTensor) => tfjs.SymbolicTensor][] = [
    ["it is used twice, ours share no weights", (x) => apply(shared, apply(shared, x))],
    ["it adds 3 branches, ours two", (x) => apply(tf.layers.add(), [x, apply(same(2), x), apply(same(2), x)])],
    ["there is no such layer here", (x) => apply(tf.layers.maximum(), [x, apply(same(2), x)])],
    ["ours an image by one factor a channel", (x) => apply(tf.layers.multiply(), [x, apply(same(2), x)])],
    ["its axis is 1, ours is the last", (x) => apply(tf.layers.concatenate({ axis: 1 }), [x, apply(same(2), x)])],
    [
      "it adds inside a branch, ours adds where branches end",
      (x) => {
        const inner = apply(tf.layers.add(), [x, apply(same(2), x)]);
        return apply(tf.layers.add(), [x, apply(same(2), inner)]);
      },
    ],
    [
      "its branches share layers, ours do not",
      (x) => {
        const first = apply(same(2), x);
        return apply(tf.layers.concatenate(), [x, apply(same(2), first), apply(same(3), first)]);
      },
    ],
    ["its softmax is not the model's last layer", (x) => apply(tf.layers.activation({ activation: "softmax" }), x)],
    ["which must follow it", (x) => apply(tf.layers.reLU(), apply(padding(), x))],
    ["which must follow it", (x) => apply(padding(), x)],
    ["may be below 0", (x) => apply(tf.layers.maxPooling2d({ poolSize: 3 }), apply(padding(), x))],
    [
      "its padding of 1 holds whole windows of 1",
      (x) => apply(tf.layers.maxPooling2d({ poolSize: 1 }), apply(padding(), apply(tf.layers.reLU(), x))),
    ],
  ];
  for (const [reason, body] of cases) assert.match(refusalOf(modelOf(body)), reason);
});

test("a model that has no layers, or not one input of images and one output of classes, is refused", () => {
  const empty = Object.assign(tf.sequential(), { dispose: () => {} }); // there is nothing to dispose
  assert.match(refusalOf(empty), "has no layers yet");
  const [one, other] = [tf.input({ shape: [4, 4, 1] }), tf.input({ shape: [4, 4, 1] })];
  const sum = apply(tf.layers.flatten(), apply(tf.layers.add(), [one, other]));
  assert.match(refusalOf(tf.model({ inputs: [one, other], outputs: sum })), "it has 2 and 1");
  const features = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [5] })] });
  assert.match(refusalOf(features), "needs images [height, width, channels], it takes [5]");
  const anySize = tf.sequential({
    layers: [tf.layers.globalAveragePooling2d({ inputShape: [null, null, 2] } as never)],
  });
  assert.match(refusalOf(anySize), "leaves the size of its images open (any x any x 2)");
  const map = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] })] });
  assert.match(refusalOf(map), "needs to end in [classes], it ends in [3,3,2]");
});

test.run();
