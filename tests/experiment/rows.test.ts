import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { intervalOver, type Rows, rowsOf, told, xAndY } from "../../src/experiment/rows";
import { DegenerateSample, mean, median, perSeed, quantity } from "../../src/statistics";
import { law } from "../property";

interface Row {
  readonly seed: number;
  readonly network: "residual" | "plain";
  readonly k: number | null;
  readonly error: number | null;
}

const rows: fc.Arbitrary<Rows<Row>> = fc
  .array(
    fc.record({
      seed: fc.integer({ min: 1, max: 5 }),
      network: fc.constantFrom("residual" as const, "plain" as const),
      k: fc.option(fc.integer({ min: 0, max: 4 })),
      error: fc.option(fc.integer({ min: 0, max: 100 })),
    }),
    { maxLength: 40 },
  )
  .map((some) => rowsOf<Row>(some));

law("rows that match and rows that do not are all rows, in their order", [rows], (all) => {
  const residual = all.where({ network: "residual" });
  const others = all.where(({ network }) => network !== "residual");
  assert.is(residual.length + others.length, all.length);
  assert.equal(
    [...residual],
    [...all].filter(({ network }) => network === "residual"),
  );
});

law("a list of values matches as their alternatives do", [rows], (all) => {
  assert.equal(
    [...all.where({ k: [1, 2] })],
    [...all].filter(({ k }) => k === 1 || k === 2),
  );
});

law("matching twice is matching both", [rows], (all) => {
  assert.equal([...all.where({ network: "plain" }).where({ k: 1 })], [...all.where({ network: "plain", k: 1 })]);
});

law("numbers per seed are those of the statistics, by column or by function", [rows], (all) => {
  assert.equal(
    all.perSeed("error", median),
    perSeed(all, ({ error }) => error, median),
  );
  assert.equal(
    all.perSeed(({ error }) => error, median),
    all.perSeed("error", median),
  );
});

law("a difference from themselves is nought in every seed that has a number", [rows], (all) => {
  assert.equal(
    all.lessPerSeed(all, "error"),
    all.perSeed("error").map(() => 0),
  );
});

law("a curve passes through the mean at each of its places, which ascend", [rows], (all) => {
  for (const { seed, points } of all.curves("k", "error")) {
    const [x] = xAndY(points);
    assert.equal(
      x,
      [...new Set(x)].sort((one, other) => one - other),
    );
    for (const point of points) {
      const at = all.where({ seed, k: point.x }).numbers("error");
      assert.is(point.y, mean(at));
    }
  }
});

law("the distinct values of a column are those of its rows, each once, without null", [rows], (all) => {
  const found = all.distinct("k");
  assert.is(new Set(found).size, found.length);
  assert.equal(new Set(found), new Set([...all].flatMap(({ k }) => k ?? [])));
});

const isNothing = (error: unknown) => error instanceof DegenerateSample;

law("means in words name every value once, with its mean over seeds, or why it has none", [rows], (all) => {
  const text = all.meansText("error", "%", "network");
  for (const network of all.distinct("network")) {
    const own = all.where({ network }).perSeed("error");
    const said = own.length === 0 ? "cannot be told (no row holds a measurement of this)" : quantity(mean(own), "%");
    assert.is(text.split(`${said} (${network})`).length, 2, text);
  }
  assert.is(text === "", all.length === 0);
});

test("what was never measured has no interval, and says so", () => {
  assert.throws(() => rowsOf<Row>([]).interval("error"), isNothing);
  assert.throws(() => intervalOver([]), isNothing);
  assert.is(
    told(() => String(intervalOver([], "the rise"))),
    "cannot be told (no row holds a measurement of the rise)",
  );
  assert.throws(() => told(() => (undefined as unknown as string).trim()), TypeError);
});

test("what map gives is an array, not rows", () => {
  const mapped = rowsOf<Row>([{ seed: 1, network: "plain", k: 1, error: 2 }]).map(({ k }) => k);
  assert.is(Object.getPrototypeOf(mapped), Array.prototype);
});

test.run();
