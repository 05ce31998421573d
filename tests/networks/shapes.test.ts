import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  buildByName,
  multiplyAccumulates,
  outputSide,
  parameterCounts,
  parameterSpecifications,
} from "../../src/networks";
import { convolution, dense, flatten, globalAveragePool, maxPool, relu } from "../../src/networks/families/layers";
import { law } from "../property";

const side = fc.integer({ min: 1, max: 64 });
const window = fc.integer({ min: 1, max: 11 });
const stride = fc.integer({ min: 1, max: 5 });

law("the output's side counts the windows that fit", [side, window, stride, fc.nat({ max: 5 })], (i, f, s, padding) => {
  fc.pre(f <= i + 2 * padding);
  let windows = 0;
  for (let start = -padding; start + f <= i + padding; start += s) windows++;
  assert.is(outputSide(i, f, s, padding), windows);
});

law("padding 'same' at stride 1 keeps the side, whatever the window", [side, window], (i, f) => {
  assert.is(outputSide(i, f, 1, "same"), i);
});

test("a window larger than the padded input is refused with both sizes", () => {
  assert.throws(() => outputSide(4, 7, 1, 1), /7 pixels does not fit into 4 pixels with 2 of padding/);
});

/** Counts of shared references: an independent rebuild in PyTorch, 3x3 convolutions without bias, 10 classes. */
const cifarCounts: readonly [name: string, trainable: number, total: number, multiplyAccumulates: number][] = [
  ["resnet20", 269_722, 271_098, 40_551_040],
  ["resnet32", 464_154, 466_426, 68_862_592],
  ["resnet44", 658_586, 661_754, 97_174_144],
  ["resnet56", 853_018, 857_082, 125_485_696],
  ["resnet110", 1_727_962, 1_736_058, 252_887_680],
  ["resnet1202", 19_421_274, 19_510_906, 2_829_238_912],
  ["projection-resnet20", 272_474, 274_042, 40_813_184],
  ["projection-resnet110", 1_730_714, 1_739_002, 253_149_824],
  ["plain20", 269_722, 271_098, 40_551_040],
  ["plain56", 853_018, 857_082, 125_485_696],
  ["plain110", 1_727_962, 1_736_058, 252_887_680],
  ["preactivation-resnet110", 1_727_962, 1_736_058, 252_887_680],
];

for (const [name, trainable, total, macs] of cifarCounts) {
  test(`${name} on 32x32x3 has ${trainable} trainable parameters and ${macs} multiply-accumulates`, () => {
    const architecture = buildByName(name, { inputShape: [32, 32, 3], classes: 10 });
    assert.equal(parameterCounts(architecture), { trainable, total });
    assert.is(multiplyAccumulates(architecture), macs);
  });
}

test("depths and names that do not exist are refused in words", () => {
  const options = { inputShape: [32, 32, 3], classes: 10 } as const;
  assert.throws(() => buildByName("resnet21", options), /needs depth 6n \+ 2 \(8, 14, 20, 32, ...\), got 21/);
  assert.throws(() => buildByName("plain2", options), /needs depth 6n \+ 2/);
  assert.throws(() => buildByName("lstm3", options), /no network "lstm3"; there are resnetN, /);
  assert.throws(() => buildByName("vgg4", options), /at least 7 layers, got 4/);
  assert.throws(() => buildByName("vgg15", { ...options, inputShape: [1, 1, 3] }), /at least 2x2 pixels/);
});

test("branches and heads that do not fit, and names used twice, are refused in words", () => {
  const base: Architecture = {
    name: "toy",
    inputShape: [4, 4, 2],
    classes: 3,
    stem: [],
    blocks: [],
    head: [globalAveragePool, dense("head", 3)],
  };
  const block = { name: "block1", residual: [convolution("block1", { filters: 5 })], shortcut: [], join: [relu] };
  assert.throws(
    () => parameterCounts({ ...base, blocks: [block] }),
    /block1: the residual branch gives \[4,4,5\], the shortcut \[4,4,2\]/,
  );
  assert.throws(() => parameterCounts({ ...base, classes: 4 }), /the head gives \[3\] where \[4\] logits/);
  assert.throws(
    () => parameterCounts({ ...base, head: [dense("head", 3)] }),
    /head needs flat features, got \[4,4,2\]/,
  );
  assert.throws(
    () => parameterCounts({ ...base, stem: [maxPool(2, 1, 2)] }),
    /a max pool of 2 pixels would see padding only: got 2 of it/,
  );
  const twice = { ...base, head: [flatten, dense("twice", 3), dense("twice", 3)] };
  assert.throws(() => parameterSpecifications(twice), /two layers of toy share the name twice\/kernel/);
});

test.run();
