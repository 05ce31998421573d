import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { labelsOf, subset, takeFirst } from "../../src/data";
import { law } from "../property";
import { image, imageSets } from "./arbitraries";

const setsWithPlaces = fc
  .oneof(imageSets(), imageSets({ classes: 1000 }))
  .chain((set) => fc.record({ set: fc.constant(set), places: fc.array(fc.nat(set.count - 1), { maxLength: 60 }) }));

law("a subset holds the images and labels asked for, in the order asked for", [setsWithPlaces], ({ set, places }) => {
  const params = subset(set, places);
  assert.is(params.count, places.length);
  assert.equal(
    [...params.labels],
    places.map((place) => set.labels[place]),
  );
  for (const [at, place] of places.entries()) assert.equal(image(params, at), image(set, place));
  assert.equal([...labelsOf(set, places)], [...params.labels]);
});

law("a subset shares no memory with its set", [imageSets()], (set) => {
  const before = [...set.images];
  subset(set, [0]).images.fill(0);
  assert.equal([...set.images], before);
});

law(
  "the first images are the subset of the first places",
  [imageSets().chain((set) => fc.tuple(fc.constant(set), fc.nat(set.count)))],
  ([set, count]) => {
    const first = takeFirst(set, count);
    const same = subset(
      set,
      Array.from({ length: count }, (_, place) => place),
    );
    assert.equal([...first.images], [...same.images]);
    assert.equal([...first.labels], [...same.labels]);
    assert.is(first.count, count);
  },
);

law(
  "places outside the set are errors",
  [imageSets()],
  (set) => {
    for (const place of [set.count, -1, 0.5, Number.NaN]) {
      assert.throws(() => subset(set, [0, place]), RegExp(`got ${place}`));
      assert.throws(() => labelsOf(set, [place]), RegExp(`got ${place}`));
    }
    for (const count of [set.count + 1, -1, 0.5]) assert.throws(() => takeFirst(set, count), RegExp(`got ${count}`));
  },
  { numRuns: 10 },
);

test.run();
