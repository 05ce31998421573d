import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { interpolationMatrix, smoothnessMatrix } from "../../src/dynamics";
import { law } from "../property";

const counts = fc.integer({ min: 1, max: 40 });
const values = (length: number) =>
  fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: length, maxLength: length });

const times = (matrix: readonly (readonly number[])[], vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * vector[i]!, 0));
const dot = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, i) => sum + value * other[i]!, 0);
const close = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((value, i) => Math.abs(value - other[i]!) < 1e-10);

law("each place is a mean of at most two neighbouring knots", [counts, counts], (places, knots) => {
  const matrix = interpolationMatrix(places, knots);
  assert.is(matrix.length, places);
  for (const row of matrix) {
    assert.is(row.length, knots);
    const used = row.flatMap((entry, i) => (entry === 0 ? [] : [i]));
    assert.ok(used.length === 1 || (used.length === 2 && used[1] === used[0]! + 1));
    assert.ok(row.every((entry) => entry >= 0 && entry <= 1));
    assert.ok(Math.abs(row.reduce((sum, entry) => sum + entry, 0) - 1) < 1e-12);
  }
});

law("as many places as knots are the knots themselves", [counts], (count) => {
  const identity = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => (i === j ? 1 : 0)));
  if (count > 1) assert.equal(interpolationMatrix(count, count), identity);
});

law(
  "where a place is a knot, it has that knot's value exactly",
  [fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 6 })],
  (knots, finer) => {
    const places = (knots - 1) * finer + 1;
    const matrix = interpolationMatrix(places, knots);
    for (let knot = 0; knot < knots; knot++) {
      assert.equal(
        matrix[knot * finer],
        Array.from({ length: knots }, (_, i) => (i === knot ? 1 : 0)),
      );
    }
  },
);

law(
  "linear functions of time are interpolated exactly, from any number of knots to any of places",
  [fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 40 }), values(2)],
  (places, knots, [offset, slope]) => {
    const line = (count: number) => Array.from({ length: count }, (_, i) => offset! + (slope! * i) / (count - 1));
    assert.ok(close(times(interpolationMatrix(places, knots), line(knots)), line(places)));
  },
);

law(
  "doubling the layers keeps a piecewise linear function whose knots are among them",
  [
    fc
      .tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 6 }))
      .chain(([knots, finer]) =>
        fc.record({ knots: fc.constant(knots), layers: fc.constant((knots - 1) * finer + 1), given: values(knots) }),
      ),
  ],
  ({ knots, layers, given }) => {
    const atLayers = times(interpolationMatrix(layers, knots), given);
    const doubled = times(interpolationMatrix(2 * layers, layers), atLayers);
    assert.ok(close(doubled, times(interpolationMatrix(2 * layers, knots), given)));
  },
);

law("a layer's weights are those of a time that it covers", [fc.integer({ min: 2, max: 40 })], (layers) => {
  const line = Array.from({ length: 2 }, (_, i) => i); // the function t, whose values are the times
  times(interpolationMatrix(layers, 2), line).forEach((time, layer) => {
    assert.ok(time >= layer / layers - 1e-12 && time <= (layer + 1) / layers + 1e-12);
  });
});

law(
  "the smoothness matrix gives the sum of squared changes, and charges nothing for a constant",
  [counts.chain((count) => values(count)), fc.double({ min: -5, max: 5, noNaN: true })],
  (given, constant) => {
    const matrix = smoothnessMatrix(given.length);
    const changes = given.slice(1).map((value, i) => value - given[i]!);
    assert.ok(Math.abs(dot(given, times(matrix, given)) - dot(changes, changes)) < 1e-8);
    const flat = given.map(() => constant);
    assert.ok(times(matrix, flat).every((entry) => Math.abs(entry) < 1e-12));
  },
);

test("by hand", () => {
  assert.equal(interpolationMatrix(3, 2), [
    [1, 0],
    [0.5, 0.5],
    [0, 1],
  ]);
  assert.equal(interpolationMatrix(1, 2), [[0.5, 0.5]]);
  assert.equal(interpolationMatrix(2, 1), [[1], [1]]);
  assert.equal(smoothnessMatrix(3), [
    [1, -1, 0],
    [-1, 2, -1],
    [0, -1, 1],
  ]);
});

test("numbers of places, knots and layers are whole and at least 1", () => {
  for (const wrong of [0, -1, 1.5]) {
    assert.throws(() => interpolationMatrix(wrong, 2), RangeError);
    assert.throws(() => interpolationMatrix(2, wrong), RangeError);
    assert.throws(() => smoothnessMatrix(wrong), RangeError);
  }
});

test.run();
