import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  blockShapes,
  buildPublished,
  forward,
  type Layer,
  multiplyAccumulates,
  outputSide,
  type PublishedNetwork,
  parameterCounts,
  parameterSpecifications,
  placedLayers,
  publishedByName,
  publishedNetworks,
  referenceCounts,
  runBlock,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

/** As recorded: Keras, torchvision and timm asked for their models, and rebuilds in PyTorch; the column `source` says which. */
const recorded: Record<string, string>[] = parse(
  readFileSync(join(__dirname, "references", "reference-counts.csv"), "utf8"),
  { columns: true },
);

test("the reference counts are those recorded, no fewer and no more", () => {
  const byModel = Object.fromEntries(
    recorded.map(({ model, params_trainable, params_total, macs }) => [
      model,
      [Number(params_trainable), Number(params_total), Number(macs)],
    ]),
  );
  const ours = Object.entries(referenceCounts).map(([model, counts]) => [
    model,
    [counts.trainable, counts.total, counts.multiplyAccumulates],
  ]);
  assert.equal(Object.fromEntries(ours), byModel);
});

for (const { name, build, references, difference, inputShape, classes } of publishedNetworks) {
  test(`${name} has its references' parameters and multiply-accumulates, but for what is explained`, () => {
    const { exits, ...atInference } = build();
    const { trainable, total } = parameterCounts(build());
    for (const reference of references) {
      const there = referenceCounts[reference];
      assert.ok(there, `${reference} is no reference`);
      assert.is(trainable - (difference?.trainable ?? 0), there.trainable, `${reference}: trainable`);
      assert.is(total - (difference?.total ?? 0), there.total, `${reference}: total`);
      const share = multiplyAccumulates(atInference) / there.multiplyAccumulates;
      assert.ok(Math.abs(share - 1) < 0.01, `${reference}: ${share} times the multiply-accumulates`);
    }
    assert.ok(difference === undefined || references.length > 0, "a difference from no reference");
    const row = recorded.find(({ model }) => model === references[0]);
    if (row) assert.equal([row.input_shape, row.classes], [inputShape.join("x"), String(classes)]);
  });
}

test("names are unique, and one that does not exist is refused with those that do", () => {
  assert.is(new Set(publishedNetworks.map(({ name }) => name)).size, publishedNetworks.length);
  assert.throws(
    () => publishedByName("resnet51"),
    /no published network "resnet51"; there are lenet5, modern-lenet5, /,
  );
});

/** Those that are not too large to be counted for many sizes. */
const anyNetwork = fc.constantFrom(
  ...publishedNetworks.filter(({ name }) => !/1001|1202|250|190/.test(name)),
) as fc.Arbitrary<PublishedNetwork>;
const more = fc.nat({ max: 40 });

law(
  "images of any size from the least on give shapes that follow the size formula, layer by layer",
  [anyNetwork, more, more, fc.integer({ min: 2, max: 12 })],
  ({ build, inputShape, smallestSide }, moreHeight, moreWidth, classes) => {
    const size = [smallestSide + moreHeight, smallestSide + moreWidth, inputShape[2]] as const;
    const architecture = build({ inputShape: size, classes });
    for (const { layer, inputShape: before, outputShape: after } of placedLayers(architecture)) {
      const windows = windowOf(layer);
      if (windows === null) continue;
      windows.sizes.forEach((window, side) => {
        assert.is(after[side], outputSide(before[side]!, window, windows.stride, windows.padding), layer.kind);
      });
    }
    assert.is(blockShapes(architecture).length, architecture.blocks.length + 1);
  },
  { numRuns: 60 },
);

function windowOf(layer: Layer) {
  if (layer.kind === "convolution") {
    return { sizes: layer.kernelSize, stride: layer.stride, padding: layer.padding };
  }
  if (layer.kind !== "max pool" && layer.kind !== "average pool") return null;
  return { sizes: [layer.size, layer.size], stride: layer.stride, padding: layer.padding };
}

for (const { name, build, inputShape, smallestSide } of publishedNetworks) {
  if (smallestSide === 1) continue;
  test(`${name} takes images of ${smallestSide} pixels and no smaller ones`, () => {
    const counted = (side: number) => parameterCounts(build({ inputShape: [side, side, inputShape[2]] }));
    counted(smallestSide);
    assert.throws(() => counted(smallestSide - 1));
  });
}

/** Sides at the boundaries between blocks of an architecture, repeated ones once. */
function sides(name: string): number[] {
  const all = blockShapes(buildPublished(name)).map(([side]) => side!);
  return all.filter((side, i) => side !== all[i - 1]);
}

test("images shrink as the papers' tables say", () => {
  assert.equal(sides("lenet5"), [32, 28, 14, 10, 5, 1]); // LeCun et al. 1998, fig. 2
  assert.equal(sides("alexnet"), [227, 55, 27, 13, 6]); // Krizhevsky et al. 2012, fig. 2
  assert.equal(sides("vgg16"), [224, 112, 56, 28, 14, 7]);
  assert.equal(sides("nin-cifar10"), [32, 16, 8]);
  assert.equal(sides("nin-imagenet"), [224, 54, 27, 13, 6]);
  assert.equal(sides("imagenet-resnet50"), [56, 28, 14, 7]); // He et al. 2015, table 1
  assert.equal(sides("imagenet-resnet50-v2"), [56, 28, 14, 7]);
  assert.equal(sides("densenet121"), [56, 28, 14, 7]); // Huang et al. 2016, table 1
  assert.equal(sides("densenet-bc-100-12"), [32, 16, 8]);
});

/** Parameters of a network's layers whose addresses begin with `place`. */
function parametersOf(name: string, place: string): number {
  return parameterSpecifications(buildPublished(name))
    .filter((parameter) => parameter.name.startsWith(`${place}/`))
    .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
}

test("LeNet-5 has the trainable parameters that the paper gives for each layer", () => {
  const published = { c1: 156, s2: 12, c3: 1516, s4: 32, c5: 48_120, "head/f6": 10_164 }; // LeCun et al. 1998, sec. II.B
  for (const [layer, count] of Object.entries(published)) assert.is(parametersOf("lenet5", layer), count, layer);
});

test("every map of LeNet-5's S2 feeds ten maps of C3, as in table I", () => {
  const { blocks } = buildPublished("lenet5");
  const [layer] = blocks[2]!.residual;
  assert.ok(layer?.kind === "concatenation");
  const rows = layer.branches.map(([selection]) => (selection?.kind === "channel selection" ? selection.channels : []));
  assert.equal(
    rows.map(({ length }) => length),
    [3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6],
  );
  for (const map of [0, 1, 2, 3, 4, 5]) assert.is(rows.filter((row) => row.includes(map)).length, 10, `map ${map}`);
  assert.is(new Set(rows.map(String)).size, 16, "no two maps see the same");
});

test("the two groups of AlexNet do not see each other's channels", () => {
  withNetwork({ ...alexNetsSecondStage(), classes: 256 }, 1, (network) => {
    const x = normalTensor<Tensor4D>([1, 5, 5, 96], 1, "x");
    const changed = tf.concat([x.slice([0, 0, 0, 0], [1, 5, 5, 48]), tf.zeros([1, 5, 5, 48])], 3) as Tensor4D;
    const [before, after] = [x, changed].map((images) => forward(network, images, { mode: "inference" }));
    const half = (logits: typeof before, from: number) => logits!.slice([0, from], [1, 128]);
    assertClose(half(after, 0), half(before, 0), 1e-6, "the first group");
    assert.ok(tf.max(tf.abs(tf.sub(half(after, 128), half(before, 128)))).dataSync()[0]! > 1e-3, "the second group");
  });
});

/** The second convolution of AlexNet, averaged over the image. */
function alexNetsSecondStage() {
  const { blocks } = buildPublished("alexnet");
  const [convolution] = blocks[2]!.residual;
  return {
    name: "second-stage",
    inputShape: [5, 5, 96] as const,
    stem: [],
    blocks: [],
    head: [convolution!, { kind: "global average pool" } as const],
  };
}

test("a dense layer hands on its input as it is, and adds its growth rate of channels", () => {
  withNetwork(buildPublished("densenet-40-12", { inputShape: [8, 8, 3] }), 1, (network) => {
    const x = normalTensor<Tensor4D>([2, 8, 8, 16], 1, "x");
    const y = runBlock(network, { block: 0, branch: "both" }, x, "batch statistics");
    assert.equal(y.shape, [2, 8, 8, 16 + 12]);
    assertClose(y.slice([0, 0, 0, 0], [2, 8, 8, 16]), x, 0, "its input");
  });
});

test("the first block of a V2 stage projects what its branch begins with", () => {
  const { stem, blocks } = buildPublished("imagenet-resnet50-v2");
  const starts = blocks.filter(({ name }) => name.endsWith("/block1"));
  assert.is(starts.length, 4);
  for (const { residual, shortcut } of starts) {
    assert.equal([residual[0]?.kind, shortcut?.[0]?.kind], ["convolution", "convolution"]);
  }
  const before = [stem, ...blocks.filter(({ join: after }) => after.length > 0).map(({ join: after }) => after)];
  assert.equal(
    before.map((layers) => layers.slice(-2).map(({ kind }) => kind)),
    starts.map(() => ["batch normalisation", "relu"]),
  );
});

test.run();
