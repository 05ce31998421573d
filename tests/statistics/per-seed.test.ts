import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bySeed, median, perSeed, perSeedDifference } from "../../src/statistics";
import { law } from "../property";

const rows = fc.array(
  fc.record({
    seed: fc.integer({ min: 0, max: 5 }),
    rise_points: fc.option(fc.integer({ min: -50, max: 50 })),
  }),
  { maxLength: 40 },
);

law("every measured seed gives one number, in ascending order of seeds", [rows], (given) => {
  const measured = given.filter((row) => row.rise_points !== null);
  const seeds = [...new Set(measured.map((row) => row.seed))].sort((left, right) => left - right);
  const medians = seeds.map((seed) =>
    median(measured.filter((row) => row.seed === seed).map((row) => row.rise_points as number)),
  );
  assert.equal(
    perSeed(given, (row) => row.rise_points, median),
    medians,
  );
});

law("grouping by seed keeps every row once", [rows], (given) => {
  assert.is([...bySeed(given).values()].flat().length, given.length);
  for (const [seed, group] of bySeed(given)) assert.ok(group.every((row) => row.seed === seed));
});

law("a group has no difference from itself, and swapping the groups changes the sign", [rows, rows], (left, right) => {
  const value = (row: { rise_points: number | null }) => row.rise_points;
  assert.ok(perSeedDifference(left, left, value).every((difference) => difference === 0));
  const back = perSeedDifference(right, left, value).map((difference) => 0 - difference);
  assert.equal(perSeedDifference(left, right, value), back);
});

test("a seed that one group lacks is compared with no other", () => {
  const plain = [1, 2, 3].map((seed) => ({ seed, error: 10 * seed }));
  const residual = [1, 3].map((seed) => ({ seed, error: seed }));
  assert.equal(
    perSeedDifference(plain, residual, (row) => row.error),
    [9, 27],
  );
});

test.run();
