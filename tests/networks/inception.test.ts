import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Architecture, Layer, Shape } from "../../src/networks/engine/architecture";
import {
  blockShapes,
  keepsShape,
  layerParameters,
  multiplyAccumulates,
  parameterCounts,
  placedLayers,
} from "../../src/networks/engine/shapes";
import { buildBnInception, buildGoogLeNet } from "../../src/networks/families/inception";
import { buildInceptionResNetV1, buildInceptionResNetV2 } from "../../src/networks/families/inception-resnet";
import { buildInceptionV3 } from "../../src/networks/families/inception-v3";
import { buildInceptionV4 } from "../../src/networks/families/inception-v4";
import { publishedInceptions } from "../../src/networks/published/inception";
import { law } from "../property";

const small = { inputShape: [224, 224, 3], classes: 1000 } as const;
const large = { inputShape: [299, 299, 3], classes: 1000 } as const;

const references = join(__dirname, "references");

/** Counts by model: trainable and total parameters, multiply-accumulates of the way to the last head. */
const rows = new Map(
  readFileSync(join(references, "reference-counts.csv"), "utf8")
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const [model, , , total, trainable, macs] = line.split(",");
      return [model!, { trainable: Number(trainable), total: Number(total), macs: Number(macs) }] as const;
    }),
);

interface PortCounts {
  readonly trainable: number;
  readonly total: number;
  readonly multiplyAccumulates: number;
}

/** Counted by `references/inception_counts.py`. */
const ports = JSON.parse(readFileSync(join(references, "inception-counts.json"), "utf8")) as Record<
  "bnInception" | "inceptionResNetV1Body" | "inceptionResNetV1Module",
  PortCounts
>;

/** References count a forward pass at test time, when auxiliary heads do not run. */
function countsAtTest(architecture: Architecture) {
  const macs = multiplyAccumulates({ ...architecture, exits: [] });
  return { ...parameterCounts(architecture), macs };
}

for (const [reference, architecture] of [
  ["googlenet-paper_5x5_no_aux", buildGoogLeNet({ ...small, auxiliaryHeads: false })],
  ["torchvision_googlenet", buildGoogLeNet({ ...small, variant: "torchvision", auxiliaryHeads: false })],
  ["torchvision_googlenet_with_aux_heads", buildGoogLeNet({ ...small, variant: "torchvision" })],
  ["torchvision_inception_v3", buildInceptionV3({ ...large, auxiliaryHead: false })],
  ["torchvision_inception_v3_with_aux_heads", buildInceptionV3(large)],
  ["timm-inception_v4", buildInceptionV4(large)],
  ["timm-inception_resnet_v2", buildInceptionResNetV2(large)],
  ["pretrainedmodels_bninception", buildBnInception({ ...small, variant: "port" })],
] as const) {
  test(`${architecture.name} has the parameters and multiply-accumulates of ${reference}`, () => {
    assert.equal(countsAtTest(architecture), rows.get(reference));
  });
}

for (const [reference, architecture] of [
  ["keras_InceptionV3", buildInceptionV3({ ...large, auxiliaryHead: false })],
  ["keras_InceptionResNetV2", buildInceptionResNetV2(large)],
] as const) {
  test(`${architecture.name} less the scales of its normalisation has the counts of ${reference}`, () => {
    const scales = sum(
      placedLayers(architecture).map(({ layer, inputShape }) =>
        layer.kind === "batch normalisation" ? inputShape[inputShape.length - 1]! : 0,
      ),
    );
    const { trainable, total, macs } = countsAtTest(architecture);
    assert.equal({ trainable: trainable - scales, total: total - scales, macs }, rows.get(reference));
  });
}

/** Weights of a convolution with batch normalisation: kernel, scale, offset. */
function unit(channels: number, filters: number, pixels = 1): number {
  return pixels * channels * filters + 2 * filters;
}

test("BN-Inception has the parameters that its paper's fig. 5 gives, row by row", () => {
  const rows: [number, number, number, number, number, number, number, number][] = [
    // channels in, 1x1, 3x3 reduced, 3x3, double reduced, double, pool's projection, channels out
    [192, 64, 64, 64, 64, 96, 32, 256],
    [256, 64, 64, 96, 64, 96, 64, 320],
    [320, 0, 128, 160, 64, 96, 0, 576],
    [576, 224, 64, 96, 96, 128, 128, 576],
    [576, 192, 96, 128, 96, 128, 128, 576],
    [576, 160, 128, 160, 128, 160, 96, 576],
    [576, 96, 128, 192, 160, 192, 96, 576],
    [576, 0, 128, 192, 192, 256, 0, 1024],
    [1024, 352, 192, 320, 160, 224, 128, 1024],
    [1024, 352, 192, 320, 192, 224, 128, 1024],
  ];
  const architecture = buildBnInception(small);
  const shapes = blockShapes(architecture);
  const byHand = rows.map(
    ([channels, one, reduced, three, doubleReduced, double, pool]) =>
      unit(channels, one) +
      unit(channels, reduced) +
      unit(reduced, three, 9) +
      unit(channels, doubleReduced) +
      unit(doubleReduced, double, 9) +
      unit(double, double, 9) +
      unit(channels, pool),
  );
  assert.equal(trainableOfBlocks(architecture), byHand);
  assert.equal(
    shapes.map((shape) => shape[2]),
    [...rows.map(([channels]) => channels), 1024],
  );
  const stem = unit(3, 64, 49) + unit(64, 64) + unit(64, 192, 9);
  assert.is(parameterCounts(architecture).trainable, stem + sum(byHand) + 1024 * 1000 + 1000);
  assert.is(multiplyAccumulates(architecture), 2_018_851_840); // the paper speaks of 2 billion operations
});

test("Inception-ResNet v1 has the counts of a port, whose sixth module on 8x8 pixels is one of its own", () => {
  const architecture = buildInceptionResNetV1(large);
  const classifier = 1792 * 1000;
  const { trainable, total, macs } = countsAtTest(architecture);
  const { inceptionResNetV1Body: body, inceptionResNetV1Module: module } = ports;
  assert.is(trainableOfBlocks(architecture)[architecture.blocks.length - 1], module.trainable);
  assert.is(trainable - classifier - 1000 + module.trainable, body.trainable);
  assert.is(total - classifier - 1000 + module.total, body.total);
  assert.is(macs - classifier + module.multiplyAccumulates, body.multiplyAccumulates);
});

test("the paper's Inception-ResNet v2 has the parameters that figs. 3, 7 and 16 to 19 give", () => {
  const expansion = (from: number, channels: number) => from * channels + channels;
  const stem = [
    unit(3, 32, 9) + unit(32, 32, 9) + unit(32, 64, 9) + unit(64, 96, 9),
    unit(160, 64) + unit(64, 96, 9) + unit(160, 64) + 2 * unit(64, 64, 7) + unit(64, 96, 9),
    unit(192, 192, 9),
  ];
  const a = 3 * unit(384, 32) + unit(32, 32, 9) + unit(32, 48, 9) + unit(48, 64, 9) + expansion(128, 384);
  const reductionA = unit(384, 384, 9) + unit(384, 256) + unit(256, 256, 9) + unit(256, 384, 9);
  const b = unit(1152, 192) + unit(1152, 128) + unit(128, 160, 7) + unit(160, 192, 7) + expansion(384, 1152);
  const reductionB = 3 * unit(1152, 256) + unit(256, 384, 9) + 2 * unit(256, 288, 9) + unit(288, 320, 9);
  const c = 2 * unit(2144, 192) + unit(192, 224, 3) + unit(224, 256, 3) + expansion(448, 2144);
  const byHand = sum(stem) + 5 * a + reductionA + 10 * b + reductionB + 5 * c + expansion(2144, 1000);
  assert.is(parameterCounts(buildInceptionResNetV2({ ...large, variant: "paper" })).trainable, byHand);
});

/** Shapes at the boundaries between stages, equal neighbours once. */
function stages(architecture: Architecture): string[] {
  const shapes = blockShapes(architecture).map((shape) => shape.join("x"));
  return shapes.filter((shape, i) => shape !== shapes[i - 1]);
}

test("the stages' outputs are those of the papers' tables", () => {
  const googLeNet = "28x28x192 28x28x256 28x28x480 14x14x480 14x14x512 14x14x528 14x14x832 7x7x832 7x7x1024";
  assert.equal(stages(buildGoogLeNet(small)), googLeNet.split(" "));
  assert.equal(stages(buildGoogLeNet({ ...small, variant: "torchvision" })), googLeNet.split(" "));
  const bnInception = "28x28x192 28x28x256 28x28x320 14x14x576 7x7x1024";
  assert.equal(stages(buildBnInception(small)), bnInception.split(" "));
  const v3 = "35x35x192 35x35x256 35x35x288 17x17x768 8x8x1280 8x8x2048";
  assert.equal(stages(buildInceptionV3(large)), v3.split(" "));
  assert.equal(stages(buildInceptionV4(large)), ["35x35x384", "17x17x1024", "8x8x1536"]);
  assert.equal(stages(buildInceptionResNetV1(large)), ["35x35x256", "17x17x896", "8x8x1792"]);
  const released = ["35x35x192", "35x35x320", "17x17x1088", "8x8x2080"];
  assert.equal(stages(buildInceptionResNetV2(large)), released);
  const paper = ["35x35x384", "17x17x1152", "8x8x2144"];
  assert.equal(stages(buildInceptionResNetV2({ ...large, variant: "paper" })), paper);
});

test("the stem of Inception v4 passes through 73x73x160 and 71x71x192", () => {
  const joined = placedLayers(buildInceptionV4(large))
    .filter(({ layer, place }) => place === "stem" && layer.kind === "concatenation")
    .map(({ outputShape }) => outputShape);
  assert.equal(joined, [
    [73, 73, 160],
    [71, 71, 192],
    [35, 35, 384],
  ]);
});

/** The inputs of an architecture's exits. */
function exitInputs(architecture: Architecture): Shape[] {
  const shapes = blockShapes(architecture);
  return (architecture.exits ?? []).map(({ after }) => shapes[after + 1]!);
}

test("GoogLeNet's auxiliary heads take modules 4a and 4d, and pool them to 4x4 pixels", () => {
  const architecture = buildGoogLeNet(small);
  const { blocks, exits = [] } = architecture;
  assert.equal(
    exits.map(({ after }) => blocks[after]!.name),
    ["inception4a", "inception4d"],
  );
  assert.equal(exitInputs(architecture), [
    [14, 14, 512],
    [14, 14, 528],
  ]);
  const pooled = placedLayers(architecture).filter(({ layer }) => layer.kind === "average pool");
  assert.equal(
    pooled.map(({ outputShape }) => outputShape),
    [
      [4, 4, 512],
      [4, 4, 528],
    ],
  );
  assert.equal(
    exits.map(({ lossWeight }) => lossWeight),
    [0.3, 0.3],
  );
});

test("Inception v3's auxiliary head takes the last 17x17x768 and ends its convolutions at one pixel", () => {
  const architecture = buildInceptionV3(large);
  assert.equal(exitInputs(architecture), [[17, 17, 768]]);
  const inHead = placedLayers(architecture).filter(({ place }) => place === "exit1");
  const convolved = inHead.filter(({ layer }) => layer.kind === "convolution").map(({ outputShape }) => outputShape);
  assert.equal(convolved, [
    [5, 5, 128],
    [1, 1, 768],
  ]);
});

test("GoogLeNet has 22 layers with weights on its longest path, Inception v3 has 48", () => {
  assert.is(depth(buildGoogLeNet(small)), 22);
  // the paper counts 42 and names no rule; 48 is what later listings of the released code give
  assert.is(depth(buildInceptionV3(large)), 48);
});

/** Convolutions and dense layers along the longest path to the last head. */
function depth({ stem, blocks, head }: Architecture): number {
  const longest = (layers: readonly Layer[]): number => sum(layers.map(layerDepth));
  const layerDepth = (layer: Layer): number => {
    if (layer.kind === "concatenation") return Math.max(...layer.branches.map(longest));
    return layer.kind === "convolution" || layer.kind === "dense" ? 1 : 0;
  };
  return longest(stem) + sum(blocks.map((block) => longest(block.residual))) + longest(head);
}

test("every residual module of Inception-ResNet keeps its shape and is damped as the paper advises", () => {
  for (const build of [buildInceptionResNetV1, buildInceptionResNetV2]) {
    const architecture = build({ ...large, scales: [0.1, 0.2, 0.3] });
    const keeps = keepsShape(architecture);
    architecture.blocks.forEach((block, i) => {
      assert.is(block.shortcut !== null, keeps[i], block.name);
    });
    const factors = placedLayers(architecture).flatMap(({ layer }) => (layer.kind === "scaling" ? [layer.factor] : []));
    const damped = factors.filter((factor) => factor !== 1);
    assert.equal([...new Set(damped)], [0.1, 0.2, 0.3]);
    assert.ok(factors.length - damped.length <= 1); // the released v2 leaves its last module undamped
  }
});

/** Side after kernel or window of 3 at stride 2 without padding. */
const halved = (side: number) => Math.floor((side - 3) / 2) + 1;

law(
  "later inception networks give images of any size the sides that the size formula gives",
  [fc.integer({ min: 75, max: 420 }), fc.integer({ min: 75, max: 420 }), fc.integer({ min: 2, max: 50 })],
  (height, width, classes) => {
    const afterStem = (side: number) => halved(halved(halved(side) - 2) - 2);
    const expected = (side: number) => [afterStem(side), halved(afterStem(side)), halved(halved(afterStem(side)))];
    const given = { inputShape: [height, width, 3], classes } as const;
    for (const architecture of [
      buildInceptionV3({ ...given, auxiliaryHead: false }),
      buildInceptionV4(given),
      buildInceptionResNetV1(given),
      buildInceptionResNetV2(given),
      buildInceptionResNetV2({ ...given, variant: "paper" }),
    ]) {
      const shapes = blockShapes(architecture);
      const changes = shapes.filter(([side, other], i) => side !== shapes[i - 1]?.[0] || other !== shapes[i - 1]?.[1]);
      assert.equal(
        changes.map((shape) => [shape[0], shape[1]]),
        expected(height).map((side, i) => [side, expected(width)[i]]),
      );
      placedLayers(architecture); // the head takes any size
    }
  },
  { numRuns: 30 },
);

law(
  "GoogLeNet and BN-Inception halve an image of any size, rounding up, at each of five places",
  [fc.integer({ min: 65, max: 400 }), fc.boolean()],
  (side, paper) => {
    const sides = [1, 2, 3, 4, 5].map((times) => Math.ceil(side / 2 ** times));
    const given = { inputShape: [side, side, 3], classes: 10 } as const;
    for (const architecture of [
      buildGoogLeNet({ ...given, variant: paper ? "paper" : "torchvision" }),
      buildBnInception({ ...given, variant: paper ? "paper" : "port" }),
    ]) {
      const seen = placedLayers(architecture)
        .filter(({ layer, place }) => "stride" in layer && layer.stride === 2 && !place.startsWith("exit"))
        .map(({ outputShape }) => outputShape[0]!);
      assert.equal([...new Set(seen)], [...new Set(sides)]);
    }
  },
);

test("each published inception network takes its smallest side, and none smaller", () => {
  for (const { name, smallestSide, build } of publishedInceptions) {
    const take = (side: number) => placedLayers(build({ inputShape: [side, side, 3], classes: 7 }));
    take(smallestSide);
    if (smallestSide > 1) assert.throws(() => take(smallestSide - 1), /does not fit/, name);
  }
});

/** Trainable parameters of each block. */
function trainableOfBlocks(architecture: Architecture): number[] {
  const placed = placedLayers(architecture);
  return architecture.blocks.map(({ name }) =>
    sum(
      placed
        .filter(({ place }) => place === name)
        .flatMap(({ layer, inputShape }) => layerParameters(layer, inputShape))
        .filter(({ trainable }) => trainable)
        .map(({ shape }) => shape.reduce((product, side) => product * side, 1)),
    ),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

test.run();
