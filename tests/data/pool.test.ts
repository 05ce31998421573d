import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { meanPool } from "../../src/data";
import { law } from "../property";
import { image, imageSets } from "./arbitraries";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A set and a factor that divides its height and width. */
const poolable = fc.tuple(imageSets({ maxCount: 4, sides: 4 }), fc.integer({ min: 1, max: 4 })).map(([set, factor]) => {
  const { count, height, width, channels, images } = set;
  const [tall, wide] = [height * factor, width * factor];
  const grown = Uint8Array.from(
    { length: count * tall * wide * channels },
    (_, at) => (images[at % images.length]! * (at + 1)) % 256,
  );
  return { factor, set: { ...set, images: grown, height: tall, width: wide } };
});

law("each pixel is the mean of its square, rounded to the nearest level", [poolable], ({ set, factor }) => {
  const pooled = meanPool(set, factor);
  assert.equal([pooled.height, pooled.width], [set.height / factor, set.width / factor]);
  let at = 0;
  for (let n = 0; n < set.count; n++) {
    for (let y = 0; y < pooled.height; y++) {
      for (let x = 0; x < pooled.width; x++) {
        for (let channel = 0; channel < set.channels; channel++) {
          const square: number[] = [];
          for (let dy = 0; dy < factor; dy++) {
            for (let dx = 0; dx < factor; dx++) {
              const row = (n * set.height + y * factor + dy) * set.width;
              square.push(set.images[(row + x * factor + dx) * set.channels + channel]!);
            }
          }
          assert.is(pooled.images[at++], Math.round(mean(square)));
        }
      }
    }
  }
  assert.is(at, pooled.images.length);
});

law("the mean of an image changes by half a level at most", [poolable], ({ set, factor }) => {
  assert.ok(Math.abs(mean([...meanPool(set, factor).images]) - mean([...set.images])) <= 0.5 + 1e-9);
});

law("a constant image stays constant", [poolable, fc.nat(255)], ({ set, factor }, level) => {
  const constant = { ...set, images: set.images.map(() => level) };
  assert.ok(meanPool(constant, factor).images.every((pooled) => pooled === level));
});

law("factor 1 changes nothing, and labels stay", [imageSets()], (set) => {
  const pooled = meanPool(set, 1);
  assert.equal(image(pooled, 0), image(set, 0));
  assert.equal(pooled, set);
});

test("halving 0, 1, 2, 3 by hand: (0 + 1 + 2 + 3) / 4 = 1.5 becomes 2", () => {
  const set = {
    images: Uint8Array.of(0, 1, 2, 3),
    labels: Uint8Array.of(7),
    count: 1,
    height: 2,
    width: 2,
    channels: 1,
  };
  assert.equal([...meanPool(set, 2).images], [2]);
});

test("a factor that does not divide the image is an error", () => {
  const set = {
    images: new Uint8Array(28 * 28),
    labels: Uint8Array.of(0),
    count: 1,
    height: 28,
    width: 28,
    channels: 1,
  };
  for (const factor of [3, 0, -2, 1.5, 56, Number.NaN]) {
    assert.throws(() => meanPool(set, factor), RegExp(`divides 28 x 28, got ${factor}`));
  }
});

test.run();
