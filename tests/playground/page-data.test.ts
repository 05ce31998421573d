/** Weights as the page holds them, and cuts as it makes them: no browser is needed for either. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, createNetwork, disposeNetwork, parameterSpecifications } from "../../src/networks";
import {
  anatomyOf,
  type Cut,
  chance,
  intact,
  moved,
  neighbour,
  paths,
  routeOf,
  tauOf,
  toggled,
} from "../../src/playground/browser/cut";
import { createHash as createBrowserHash } from "../../src/playground/browser/node";
import { halfFloat, packWeights, unpackWeights } from "../../src/playground/page-data";
import { allPaths } from "../../src/routes";
import { halfValue } from "../../src/training";
import { law } from "../property";

const build = (name: string) => buildByName(name, { inputShape: [14, 14, 1], classes: 10, width: 4 });
const names = ["preactivation-resnet14", "resnet8", "plain14", "vgg7"];

test("half floats are those of IEEE 754, at the ends of each range and at ties", () => {
  for (const [value, bits] of [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -11, 0x4000],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NaN, 0x7e00],
  ] as const) {
    assert.is(halfFloat(value), bits, String(value));
  }
  assert.is(halfValue(0x7c00), Number.POSITIVE_INFINITY);
  assert.ok(Number.isNaN(halfValue(0x7e00)));
});

law(
  "a half float is read back as itself, and no half float is nearer to a number than the one that it is written as",
  [fc.integer({ min: 0, max: 0x7bff }), fc.boolean(), fc.float({ min: -65504, max: 65504, noNaN: true })],
  (magnitude, negative, value) => {
    const bits = magnitude | (negative ? 0x8000 : 0);
    assert.is(halfFloat(halfValue(bits)), bits);
    const distance = Math.abs(halfValue(halfFloat(value)) - value);
    assert.ok(distance <= Math.abs(halfValue(bits) - value), `${value} is nearer to ${halfValue(bits)}`);
  },
  { numRuns: 1000 },
);

test("weights come back: vectors as they were, kernels to eleven bits; and too few bytes, or none, are refused", () => {
  for (const name of names) {
    const architecture = build(name);
    const network = createNetwork(architecture, 1);
    const values = new Map(
      [...network.weights].map(([key, tensor]) => [key, { shape: tensor.shape, data: tensor.dataSync<"float32">() }]),
    );
    disposeNetwork(network);
    const packed = packWeights(architecture, values);
    const read = unpackWeights(architecture, packed);
    for (const { name: key, shape } of parameterSpecifications(architecture)) {
      assert.equal(read.get(key)!.shape, shape);
      values.get(key)!.data.forEach((value, i) => {
        const back = read.get(key)!.data[i]!;
        if (shape.length === 1) assert.is(back, value);
        else assert.ok(Math.abs(back - value) <= Math.abs(value) * 2 ** -11 + 2 ** -25, `${key}: ${value}, ${back}`);
      });
    }
    assert.throws(() => unpackWeights(architecture, packed.subarray(2)), /the weights of .* are \d+ bytes, got \d+/);
    const [first, { shape }] = [...values].find(([, one]) => one.shape.length > 1)!;
    const size = shape.reduce<number>((product, side) => product * side, 1);
    values.set(first, { shape, data: new Float32Array(size).fill(1e5) });
    assert.throws(() => packWeights(architecture, values), /holds 100000, which no half float does/);
    values.delete(first);
    assert.throws(() => packWeights(architecture, values), `${architecture.name} has no values for ${first}`);
  }
});

/** A network, and what somebody does to it: blocks that are clicked, and blocks that are moved to another's place. */
const played = [
  fc.constantFrom(...names),
  fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 40 }), fc.nat({ max: 40 })), { maxLength: 12 }),
] as const;

function play(name: string, steps: readonly (readonly [boolean, number, number])[]) {
  const anatomy = anatomyOf(build(name));
  const blocks = anatomy.architecture.blocks.length;
  const cut = steps.reduce<Cut>((before, [moves, one, other]) => {
    const [block, to] = [one % blocks, other % blocks];
    if (moves) return moved(anatomy, before, block, to);
    return anatomy.deletable.has(block) ? toggled(before, block) : before;
  }, intact(anatomy.architecture));
  return { anatomy, cut };
}

law(
  "whatever is clicked and dragged, the route fits the network, and moving back restores tau",
  [...played],
  (name, steps) => {
    const { anatomy, cut } = play(name, steps);
    const route = routeOf(anatomy, cut); // throws where it does not fit
    assert.equal(
      route.filter(({ branch }) => branch === "skip").map(({ block }) => block),
      cut.order.filter((block) => cut.deleted.has(block)),
    );
    assert.is(tauOf(intact(anatomy.architecture)), 1);
    for (const block of cut.order) {
      const after = neighbour(anatomy, cut, block, 1);
      if (after === null) continue;
      const swapped = moved(anatomy, cut, block, after);
      const pairs = (cut.order.length * (cut.order.length - 1)) / 2;
      assert.ok(Math.abs(Math.abs(tauOf(swapped) - tauOf(cut)) - 2 / pairs) < 1e-12, "one pair more or less");
      assert.equal(moved(anatomy, swapped, block, after).order, cut.order);
    }
  },
);

law(
  "the paths that a cut leaves are those, counted one by one, that go through no deleted block",
  [...played],
  (name, steps) => {
    const { anatomy, cut } = play(name, steps);
    const { all, left } = paths(anatomy, cut);
    const counted = all.map(() => 0n);
    for (const path of allPaths(anatomy.architecture)) {
      const taken = path.filter(({ branch }) => branch === "residual").map(({ block }) => block);
      if (!taken.some((block) => cut.deleted.has(block))) counted[taken.length]! += 1n;
    }
    assert.equal(left, counted);
  },
);

law(
  "the digest behind named streams is Node's, read at the same places",
  [fc.string({ unit: "binary" }), fc.constantFrom(0, 4, 8, 12)],
  (text, offset) => {
    const expected = createHash("sha256").update(text).digest().readInt32LE(offset);
    assert.is(createBrowserHash("sha256").update(text).digest().readInt32LE(offset), expected);
  },
  { numRuns: 300 },
);

test("draws for play stay in their range and lose nothing", () => {
  const drawn = chance.shuffle(Array.from({ length: 50 }, (_, i) => i));
  assert.equal(
    [...drawn].sort((one, other) => one - other),
    Array.from({ length: 50 }, (_, i) => i),
  );
  for (let i = 0; i < 1000; i++)
    assert.ok(chance.integer(3) < 3 && chance.uniform() < 1 && Number.isFinite(chance.normal()));
});

test.run();
