import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  blockParameters,
  buildByName,
  buildPublished,
  parameterCounts,
  parameterSpecifications,
  placedLayers,
  publishedNetworks,
  summaryRows,
  summaryText,
} from "../../src/networks";
import { law } from "../property";

const small = publishedNetworks.filter(({ name }) => !/1001|1202|250|190/.test(name));

law(
  "the lines of a summary add up to the network's parameters, and shapes are those of the layers",
  [fc.constantFrom(...small)],
  ({ build }) => {
    const architecture = build();
    const rows = summaryRows(architecture);
    assert.is(
      rows.reduce((sum, { parameters }) => sum + parameters, 0),
      parameterCounts(architecture).total,
    );
    const placed = placedLayers(architecture);
    const additions = architecture.blocks.filter(({ shortcut }) => shortcut !== null).length;
    assert.is(rows.filter(({ type }) => type === "Add").length, additions);
    const convolutions = placed.flatMap(({ layer, inputShape }) =>
      layer.kind === "convolution" ? [layer.groups === inputShape[2] ? "DepthwiseConv2D" : "Conv2D"] : [],
    );
    assert.equal(
      rows.flatMap(({ type }) => (type.endsWith("Conv2D") ? [type] : [])),
      convolutions,
    );
    assert.equal(rows.at(-1)!.outputShape, [architecture.classes]);
  },
  { numRuns: 30 },
);

/** Keras's second versions of ResNets pre-activate a block behind the one before, where the next block's address begins. */
const addressed = small.filter(({ name }) => !name.endsWith("-v2"));

law(
  "a block's parameters are those whose addresses begin with its name",
  [fc.constantFrom(...addressed)],
  ({ build }) => {
    const architecture = build();
    const trained = parameterSpecifications(architecture).filter(({ trainable }) => trainable);
    assert.equal(
      blockParameters(architecture),
      architecture.blocks.map(({ name }) =>
        trained
          .filter((one) => one.name.startsWith(`${name}/`))
          .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0),
      ),
    );
  },
);

test("a convolution's own activation has no line, one after normalisation or an addition has", () => {
  const types = (name: string) =>
    summaryRows(buildByName(name, { inputShape: [8, 8, 1], classes: 3 })).map(({ type }) => type);
  assert.equal(
    summaryRows(buildPublished("modern-lenet5")).map(({ type }) => type),
    ["InputLayer", "Conv2D", "AveragePooling2D", "Conv2D", "AveragePooling2D", "Flatten", "Dense", "Dense", "Dense"],
  );
  const block = ["Conv2D", "BatchNormalization", "Activation", "Conv2D", "BatchNormalization", "Add", "Activation"];
  assert.equal(types("resnet8").slice(4, 11), block);
  // with a projection the sum comes after both branches
  assert.equal(types("projection-resnet8").slice(11, 20), [
    ...block.slice(0, 5),
    "Conv2D",
    "BatchNormalization",
    ...block.slice(5),
  ]);
});

test("the text is Keras's table: three columns, and three totals", () => {
  const lines = summaryText(buildPublished("vgg19")).split("\n");
  assert.is(lines[0], 'Model: "vgg19"');
  assert.match(lines[2]!, /^Layer \(type\) +Output Shape +Param #$/);
  assert.match(lines[5]!, /^stage1\/block1\/convolution \(Conv2D\) +\(None, 224, 224, 64\) +1792$/);
  assert.equal(lines.slice(-3), [
    "Total params: 143,667,240",
    "Trainable params: 143,667,240",
    "Non-trainable params: 0",
  ]);
  assert.match(summaryText(buildPublished("imagenet-resnet50")), /\nNon-trainable params: 53,120$/);
});

test.run();
