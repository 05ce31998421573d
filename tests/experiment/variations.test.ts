import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UsageError } from "../../src/base";
import { gridPoints, pointText, readVariations, varyWords } from "../../src/experiment";
import sums from "../fixtures/sums";
import { law } from "../property";

const at = { scale: "quick", data: null } as const;
const names = Object.keys(sums.parameters);
const values = fc.uniqueArray(fc.stringMatching(/^[a-z0-9.]{1,5}$/), { minLength: 1, maxLength: 4 });
const variations = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .chain((some) => fc.record(Object.fromEntries(some.map((name) => [name, values]))));

law("what a printed command varies is what was asked for", [variations], (asked) => {
  const words = varyWords(asked, sums).filter((word) => word !== "--vary");
  assert.equal(readVariations(words, sums, at), { ...asked });
});

law("a grid has a point for each combination, each once", [variations], (asked) => {
  const points = gridPoints(asked);
  assert.is(
    points.length,
    Object.values(asked).reduce((product, some) => product * some.length, 1),
  );
  assert.is(new Set(points.map(pointText)).size, points.length);
  for (const point of points) {
    for (const [name, value] of Object.entries(point)) assert.ok(asked[name]!.includes(value));
  }
});

test("lists are told apart by semicolons", () => {
  assert.equal(readVariations(["kinds=ascending;ascending,descending"], sums, at), {
    kinds: ["ascending", "ascending,descending"],
  });
});

for (const [assignment, says] of [
  ["terms", /need a parameter and its values/],
  ["=3", /need a parameter and its values/],
  ["term=1,2", /no parameter "term". Did you mean "terms"/],
  ["terms=1,,2", /a value is empty/],
  ["terms=1,1", /a value comes twice/],
] as const) {
  test(`--vary ${assignment} is refused in words`, () => {
    assert.throws(
      () => readVariations([assignment], sums, at),
      (error: Error) => error instanceof UsageError && says.test(error.message),
    );
  });
}

test("a parameter is not varied twice", () => {
  assert.throws(() => readVariations(["terms=1,2", "terms=3"], sums, at), /varied twice/);
});

test.run();
