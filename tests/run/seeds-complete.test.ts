import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeSeeds, leadingSeeds } from "../../src/run/run";
import { property } from "../property";

test("a seed is complete when all its cells are, and leads when all before it are too", async () => {
  await property(
    [fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })],
    (done) => {
      const seeds = done.map((_, index) => index + 1);
      const cells = done.flatMap((states, index) =>
        states.map((state, cell) => ({ id: `${index}/${cell}/${state}`, cell: { seed: index + 1, cell } })),
      );
      const complete = completeSeeds(seeds, cells, (id) => id.endsWith("true"));
      assert.equal(
        complete,
        seeds.filter((seed) => done[seed - 1]?.every((state) => state)),
      );
      const leading = leadingSeeds(seeds, complete);
      assert.equal(leading, seeds.slice(0, leading.length));
      assert.ok(leading.every((seed) => complete.includes(seed)));
      assert.not.ok(complete.includes(leading.length + 1));
    },
  )();
});

test.run();
