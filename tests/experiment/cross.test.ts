import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cross } from "../../src/experiment";
import { property } from "../property";

const lists = fc.dictionary(fc.string(), fc.uniqueArray(fc.integer(), { maxLength: 4 }), { maxKeys: 4 });

test("crossing gives every combination once", async () => {
  await property([lists], (given) => {
    const crossed = cross(given);
    const expected = Object.values(given).reduce((product, { length }) => product * length, 1);
    assert.is(crossed.length, expected);
    assert.is(new Set(crossed.map((cell) => JSON.stringify(cell))).size, expected);
    for (const cell of crossed) {
      assert.equal(Object.keys(cell).sort(), Object.keys(given).sort());
      for (const [name, value] of Object.entries(cell)) assert.ok(given[name]?.includes(value));
    }
  })();
});

test("the first list varies slowest, so that a seed is finished before the next begins", () => {
  assert.equal(cross({ seed: [1, 2], network: ["resnet", "plain"] }), [
    { seed: 1, network: "resnet" },
    { seed: 1, network: "plain" },
    { seed: 2, network: "resnet" },
    { seed: 2, network: "plain" },
  ]);
});

test.run();
