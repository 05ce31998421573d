import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchesPerEpoch, batchIndices, channelStatistics, epochOrder, gatherBatch } from "../../src/data";
import { placeImage, samplePlacement } from "../../src/data/augmentation";
import { randomStream } from "../../src/random";
import { law } from "../property";
import { image, imageSets, seeds } from "./arbitraries";

const courses = fc
  .record({ count: fc.integer({ min: 1, max: 60 }), seed: seeds, step: fc.nat(200) })
  .chain((course) => fc.record({ course: fc.constant(course), batchSize: fc.integer({ min: 1, max: course.count }) }))
  .map(({ course, batchSize }) => ({ ...course, batchSize }));

law(
  "every epoch's order is a permutation, the same each time it is asked for",
  [fc.nat(200), seeds, fc.nat(1000)],
  (count, seed, epoch) => {
    const order = epochOrder(count, seed, epoch);
    assert.equal(
      [...order].sort((a, b) => a - b),
      Array.from({ length: count }, (_, place) => place),
    );
    assert.equal(order, epochOrder(count, seed, epoch));
  },
);

test("orders differ between epochs and between seeds", () => {
  const orders = [0, 1, 2].flatMap((seed) => [0, 1, 2, 3].map((epoch) => epochOrder(100, seed, epoch).join()));
  assert.is(new Set(orders).size, 12);
});

law(
  "the batches of an epoch are its order, cut into pieces, without the partial one",
  [courses],
  ({ count, batchSize, seed, step }) => {
    const batches = batchesPerEpoch(count, batchSize);
    const epoch = Math.floor(step / batches);
    const seen = Array.from({ length: batches }, (_, batch) => [
      ...batchIndices(count, batchSize, seed, epoch * batches + batch),
    ]).flat();
    assert.equal(seen, [...epochOrder(count, seed, epoch)].slice(0, batches * batchSize));
    assert.is(Math.floor(count / batchSize), batches);
  },
);

law(
  "a batch depends on its step alone, not on what was asked before, nor on what was done with it",
  [courses, fc.array(courses, { maxLength: 5 })],
  (course, others) => {
    const indices = ({ count, batchSize, seed, step }: typeof course) => batchIndices(count, batchSize, seed, step);
    const fresh = [...indices(course)];
    for (const other of others) indices(other).fill(0);
    indices(course).fill(0);
    assert.equal([...indices(course)], fresh);
  },
);

law(
  "two trainings that take turns each get their own order",
  [fc.integer({ min: 1, max: 60 }), seeds, fc.nat(50)],
  (count, seed, epoch) => {
    for (const [images, other] of [
      [count, seed],
      [count, seed + 1],
      [count + 1, seed + 1],
      [count, seed],
    ] as const) {
      assert.equal(batchIndices(images, images, other, epoch), epochOrder(images, other, epoch));
    }
  },
);

test("broken numbers and batches that cannot be filled are errors", () => {
  assert.throws(() => batchIndices(10, 11, 0, 0), /at least 11 images to fill a batch, got 10/);
  assert.throws(() => batchIndices(10, 0, 0, 0), /batch size, got 0/);
  assert.throws(() => batchIndices(10, 5, 0, -1), /step, got -1/);
  assert.throws(() => batchIndices(10, 5, 0, 0.5), /step, got 0.5/);
  assert.throws(() => epochOrder(10, 0, -1), /epoch, got -1/);
  assert.throws(() => epochOrder(-10, 0, 1), /count of images, got -10/);
  assert.throws(() => epochOrder(10, 0.5, 1), /seed must be an integer/);
});

const setsWithPlaces = imageSets().chain((set) =>
  fc.record({ set: fc.constant(set), places: fc.array(fc.nat(set.count - 1), { maxLength: 12 }) }),
);

law("a batch holds (level - mean) / deviation of its images", [setsWithPlaces], ({ set, places }) => {
  const statistics = channelStatistics(set);
  const expected = places.flatMap((place) =>
    image(set, place).map((level, at) => {
      const channel = at % set.channels;
      return Math.fround((level - statistics.mean[channel]!) / statistics.standardDeviation[channel]!);
    }),
  );
  assert.equal([...gatherBatch(set, places, statistics)], expected);
});

law("the whole set, gathered, has mean 0 and deviation 1 in every channel that varies", [imageSets()], (set) => {
  const statistics = channelStatistics(set);
  const batch = gatherBatch(
    set,
    Array.from({ length: set.count }, (_, place) => place),
    statistics,
  );
  const gathered = [...batch];
  for (let channel = 0; channel < set.channels; channel++) {
    const values = gathered.filter((_, at) => at % set.channels === channel);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 1e-4, `mean ${mean}`);
    assert.ok(variance < 1e-9 || Math.abs(variance - 1) < 1e-4, `variance ${variance}`);
  }
});

law("padding 0 without flips changes nothing", [setsWithPlaces, seeds], ({ set, places }, seed) => {
  const statistics = channelStatistics(set);
  const augmentation = { padding: 0, flip: false, stream: randomStream(seed) };
  assert.equal(gatherBatch(set, places, statistics, augmentation), gatherBatch(set, places, statistics));
});

law(
  "an augmented batch is fixed by its stream and holds the normalised images, each at its own placement",
  [setsWithPlaces, seeds, fc.nat(3), fc.boolean()],
  ({ set, places }, seed, padding, flip) => {
    const statistics = channelStatistics(set);
    const batch = gatherBatch(set, places, statistics, { padding, flip, stream: randomStream(seed) });
    const stream = randomStream(seed);
    const length = set.height * set.width * set.channels;
    for (const [at, place] of places.entries()) {
      const expected = new Float32Array(length);
      placeImage(gatherBatch(set, [place], statistics), set, samplePlacement({ padding, flip, stream }), expected);
      assert.equal(batch.slice(at * length, (at + 1) * length), expected);
    }
  },
);

test("what padding adds is 0 after normalisation: the mean colour, not black", () => {
  const set = { images: Uint8Array.of(10, 250), labels: Uint8Array.of(0), count: 1, height: 1, width: 2, channels: 1 };
  const statistics = { mean: [100], standardDeviation: [2] };
  const values = new Set<number>();
  const stream = randomStream(1);
  for (let draw = 0; draw < 50; draw++) {
    for (const value of gatherBatch(set, [0], statistics, { padding: 1, flip: false, stream })) values.add(value);
  }
  assert.equal(
    [...values].sort((a, b) => a - b),
    [-45, 0, 75],
  );
});

test("places outside the set and statistics of other channels are errors", () => {
  const set = { images: new Uint8Array(6), labels: new Uint8Array(2), count: 2, height: 1, width: 1, channels: 3 };
  const statistics = { mean: [0, 0, 0], standardDeviation: [1, 1, 1] };
  assert.throws(() => gatherBatch(set, [2], statistics), /from 0 to 1, got 2/);
  assert.throws(
    () => gatherBatch(set, [0], { mean: [0], standardDeviation: [1] }),
    /standard deviation of 3 channels, got 1/,
  );
});

test("a batch of 128 CIFAR-sized images is gathered in a few milliseconds", () => {
  const count = 1000;
  const set = {
    images: new Uint8Array(count * 3072).map((_, at) => at % 251),
    labels: new Uint8Array(count),
    count,
    height: 32,
    width: 32,
    channels: 3,
  };
  const statistics = channelStatistics(set);
  const times = Array.from({ length: 60 }, (_, step) => {
    const start = performance.now();
    const indices = batchIndices(count, 128, 0, step);
    gatherBatch(set, indices, statistics, { padding: 4, flip: true, stream: randomStream(0, step) });
    return performance.now() - start;
  });
  const median = times.sort((a, b) => a - b)[30]!;
  assert.ok(median < 15, `median ${median} ms`); // 1 to 2 ms on an idle core; the bound is for busy machines
});

test.run();
