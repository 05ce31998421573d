import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { boundaryReaches } from "../../src/laws/translation-law";
import { averagePool, convolution, type Layer, receptiveField } from "../../src/networks";
import { law } from "../property";
import { skewed } from "./broken";

const layer: fc.Arbitrary<(name: string) => Layer> = fc.oneof(
  fc
    .record({
      size: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      stride: fc.integer({ min: 1, max: 2 }),
      padding: fc.constantFrom("same" as const, "valid" as const, 0, 1, 2),
    })
    .map((drawn) => (name: string) => convolution(name, { filters: 1, ...drawn })),
  fc.constantFrom(averagePool(2), averagePool(3, 2, 1), averagePool(3, 1, "same")).map((pool) => () => pool),
);
const stack = fc
  .array(layer, { minLength: 1, maxLength: 3 })
  .map((makers) => makers.map((make, i) => make(`layer${i}`)));

function reachesOf(layers: readonly Layer[], side: number) {
  const given = { name: "stack", inputShape: [side, side, 1], classes: 1, stem: layers, blocks: [], head: [] } as const;
  return ([0, 1] as const).map((axis) => boundaryReaches(given, axis)[0]!);
}

law(
  "of linear layers the computed reach is the receptive field that the gradient shows",
  [stack, fc.integer({ min: 60, max: 64 })],
  (layers, side) => {
    const [height, width] = reachesOf(layers, side).map(({ before, after }) => before + after + 1);
    const found = receptiveField(layers, { side, channels: 1, seed: 1 });
    assert.equal([found.height, found.width], [height, width]);
  },
  { numRuns: 30 },
);

law("a map is as large as its layers' formula says", [stack], (layers) => {
  const sides = reachesOf(layers, 40).map(({ side, stride }) => [side, stride]);
  for (const [side, stride] of sides) assert.ok(Math.abs(side! - 40 / stride!) <= 8, `${side} at stride ${stride}`);
});

test("three 3x3 convolutions reach three pixels to either side, the first of stride 2 five", () => {
  const three = (stride: number) =>
    [0, 1, 2].map((i) => convolution(`c${i}`, { filters: 1, stride: i === 0 ? stride : 1 }));
  assert.equal(reachesOf(three(1), 20)[0], { stride: 1, before: 3, after: 3, side: 20 });
  assert.equal(reachesOf(three(2), 20)[0], { stride: 2, before: 5, after: 5, side: 10 });
});

test("branches of different strides have no common reach", () => {
  assert.throws(() => boundaryReaches(skewed, 0), /block1 joins a branch of total stride 2 with one of 1/);
});

test.run();
