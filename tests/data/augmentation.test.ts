import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Placement, placeImage, samplePlacement } from "../../src/data/augmentation";
import type { ImageShape } from "../../src/data/images";
import { randomStream } from "../../src/random";
import { law } from "../property";
import { seeds } from "./arbitraries";

const images = fc
  .record({
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    channels: fc.integer({ min: 1, max: 3 }),
  })
  .chain((shape) => {
    const length = shape.height * shape.width * shape.channels;
    return fc.record({
      shape: fc.constant(shape),
      image: fc.float32Array({ minLength: length, maxLength: length, noNaN: true, min: -3, max: 3 }),
    });
  });
const placements = fc.record({
  down: fc.integer({ min: -9, max: 9 }),
  right: fc.integer({ min: -9, max: 9 }),
  flipped: fc.boolean(),
});

function placed(image: Float32Array, shape: ImageShape, placement: Placement): Float32Array {
  const target = new Float32Array(image.length).fill(99); // whatever was there must go
  placeImage(image, shape, placement, target);
  return target;
}

law(
  "a placed image is the window of the padded image, then flipped",
  [images, placements],
  ({ image, shape }, placement) => {
    const { height, width, channels } = shape;
    const expected: number[] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = y + placement.down;
        const column = (placement.flipped ? width - 1 - x : x) + placement.right;
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        for (let channel = 0; channel < channels; channel++) {
          expected.push(inside ? image[(row * width + column) * channels + channel]! : 0);
        }
      }
    }
    assert.equal([...placed(image, shape, placement)], expected);
  },
  { numRuns: 300 },
);

law("no shift and no flip is the image itself", [images], ({ image, shape }) => {
  assert.equal(placed(image, shape, { down: 0, right: 0, flipped: false }), image);
});

law("flipped twice is the image itself", [images], ({ image, shape }) => {
  const flip = { down: 0, right: 0, flipped: true };
  assert.equal(placed(placed(image, shape, flip), shape, flip), image);
});

law("nothing is written outside the image's place", [images, placements], ({ image, shape }, placement) => {
  const target = new Float32Array(image.length + 5).fill(99);
  placeImage(image, shape, placement, target, 2);
  assert.equal([...target.subarray(0, 2), ...target.subarray(-3)], [99, 99, 99, 99, 99]);
});

law(
  "shifts stay within the padding, and without padding and flips nothing moves or is drawn",
  [seeds, fc.nat(5)],
  (seed, padding) => {
    const stream = randomStream(seed, "augmentation");
    const { down, right } = samplePlacement({ padding, flip: true, stream });
    assert.ok(Math.abs(down) <= padding && Math.abs(right) <= padding);
    const [drawn, untouched] = [randomStream(seed), randomStream(seed)];
    const placement = samplePlacement({ padding: 0, flip: false, stream: drawn });
    assert.equal(placement, { down: 0, right: 0, flipped: false });
    assert.is(drawn.uniform(), untouched.uniform());
  },
);

test("all 81 shifts of padding 4 are equally likely, and half the images are flipped", () => {
  const stream = randomStream(0, "augmentation");
  const times = new Map<string, number>();
  let flipped = 0;
  const draws = 81_000;
  for (let draw = 0; draw < draws; draw++) {
    const placement = samplePlacement({ padding: 4, flip: true, stream });
    const shift = `${placement.down} ${placement.right}`;
    times.set(shift, (times.get(shift) ?? 0) + 1);
    flipped += placement.flipped ? 1 : 0;
  }
  assert.is(times.size, 81);
  const chiSquare = [...times.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquare < 146, `chi-square ${chiSquare}`); // 80 degrees of freedom: mean 80, 146 is the 1 - 1e-5 quantile
  assert.ok(Math.abs(flipped - draws / 2) < 5 * Math.sqrt(draws / 4), `${flipped} flipped`);
});

test("a padding that is no whole number of pixels is an error", () => {
  for (const padding of [-1, 0.5, Number.NaN]) {
    assert.throws(() => samplePlacement({ padding, flip: true, stream: randomStream(0) }), RegExp(`got ${padding}`));
  }
});

test.run();
