import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sampleImages } from "../../src/data";
import { law } from "../property";
import { imageSets, numberedSet, seeds } from "./arbitraries";

law(
  "drawn images have mean 0 and variance 1 in every channel that varies, and the shape they say",
  [imageSets({ maxCount: 20 }), seeds],
  (set, seed) => {
    const { values, shape, labels } = sampleImages(set, { count: set.count, pooled: 1, seed });
    assert.equal(shape, [set.count, set.height, set.width, set.channels]);
    assert.is(values.length, set.images.length);
    assert.equal([...labels].sort(), Array.from(set.labels).sort());
    for (let channel = 0; channel < set.channels; channel++) {
      const own = values.filter((_, at) => at % set.channels === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
      assert.ok(Math.abs(mean) < 1e-4);
      assert.ok(Math.abs(variance - 1) < 1e-3 || own.every((value) => value === 0));
    }
  },
);

law(
  "each image comes once and with its own label, and equal seeds draw alike",
  [fc.array(fc.nat({ max: 9 }), { minLength: 2, maxLength: 50 }), seeds],
  (labels, seed) => {
    const options = { count: labels.length, pooled: 1, seed };
    const drawn = sampleImages(numberedSet(labels), options);
    assert.equal(drawn, sampleImages(numberedSet(labels), options));
    const marks = labels.map((_, place) => drawn.values[2 * place + 1]!); // rises with the number an image carries
    const ranked = [...marks].sort((one, other) => one - other);
    assert.is(new Set(marks).size, labels.length);
    const numbers = marks.map((mark) => ranked.indexOf(mark));
    assert.equal(
      [...drawn.labels],
      numbers.map((number) => labels[number]),
    );
    const fewer = sampleImages(numberedSet(labels), { ...options, count: 1 });
    assert.is(fewer.labels[0], drawn.labels[0]); // a smaller draw is the beginning of a larger one
  },
);

test("images are pooled, and more than there are cannot be drawn", () => {
  const images = Uint8Array.from({ length: 3 * 4 * 4 }, (_, at) => (37 * at) % 256);
  const set = { images, labels: Uint8Array.of(0, 1, 2), count: 3, height: 4, width: 4, channels: 1 };
  assert.equal(sampleImages(set, { count: 2, pooled: 2, seed: 1 }).shape, [2, 2, 2, 1]);
  assert.throws(() => sampleImages(set, { count: 4, pooled: 1, seed: 1 }), RangeError);
  assert.throws(() => sampleImages(set, { count: 2, pooled: 3, seed: 1 }), /pooling factor/);
});

test.run();
