import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { captioned, intervalSeries, marksOverSeeds, publishedSeries } from "../../../src/report";
import { mean, median } from "../../../src/statistics";
import { law } from "../../property";

interface Row {
  readonly seed: number;
  readonly place: number;
  readonly value: number;
}

const rows = fc.array(
  fc.record({
    seed: fc.integer({ min: 1, max: 4 }),
    place: fc.integer({ min: 0, max: 3 }),
    value: fc.double({ min: -100, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);

function seriesOf(given: readonly Row[], aggregate = mean) {
  return intervalSeries({
    name: "series",
    kind: "line",
    rows: given,
    x: ({ place }) => place,
    y: ({ value }) => value,
    note: ({ place }) => (place === 3 ? "last" : undefined),
    aggregate,
  });
}

law(
  "there is one point a place, the mean over seeds of each seed's aggregate, within its interval",
  [rows],
  (given) => {
    const { points } = seriesOf(given, median);
    assert.equal(
      points.map(({ x }) => x),
      [...new Set(given.map(({ place }) => place))],
    );
    for (const { x, y, low, high, note } of points) {
      const here = given.filter(({ place }) => place === x);
      const seeds = [...new Set(here.map(({ seed }) => seed))];
      const medians = seeds.map((seed) => median(here.filter((row) => row.seed === seed).map(({ value }) => value)));
      assert.ok(Math.abs(y - mean(medians)) < 1e-9);
      assert.ok(low! <= y + 1e-9 && y <= high! + 1e-9);
      assert.is(note, x === 3 ? "last" : undefined);
    }
  },
);

law("each seed has its own points, at the places where it was measured", [rows], (given) => {
  const { seeds = [] } = seriesOf(given);
  assert.equal(
    seeds.map(({ seed }) => seed),
    [...new Set(given.map(({ seed }) => seed))].sort(),
  );
  for (const { seed, points } of seeds) {
    const own = given.filter((row) => row.seed === seed);
    assert.is(points.length, new Set(own.map(({ place }) => place)).size);
    for (const { x, y } of points) {
      const values = own.filter(({ place }) => place === x).map(({ value }) => value);
      assert.ok(Math.abs(y - mean(values)) < 1e-9);
    }
  }
});

test("a caption says what is drawn, what the marks are, and what else there is", () => {
  assert.is(captioned("Error by depth"), `Error by depth. ${marksOverSeeds}`);
  assert.is(
    captioned("Error by depth", "Hollow: downsampling."),
    `Error by depth. ${marksOverSeeds} Hollow: downsampling.`,
  );
});

test("published figures are marked as such, in their order, and have no seeds", () => {
  const line = publishedSeries("He et al. 2015", [
    [56, 6.97],
    [20, 8.75],
  ]);
  assert.equal(line, {
    ...{ name: "He et al. 2015", kind: "line", published: true },
    points: [
      { x: 56, y: 6.97 },
      { x: 20, y: 8.75 },
    ],
  });
  assert.is(publishedSeries("Veit et al. 2016", [["all blocks", 6.1]], "points").kind, "points");
});

test.run();
