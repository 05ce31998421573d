/** Images as networks see them: whoever asks, in whatever order, gets what a fresh data set would give. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { prepareImages } from "../../src/training";
import { law } from "../property";
import { toyData } from "./toy";

const asked = fc.record(
  {
    meanPool: fc.constantFrom(1, 2, 4),
    validation: fc.constantFrom(0, 20),
    training: fc.constantFrom(10, 100),
    seed: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ["meanPool", "validation", "seed"], noNullPrototype: true },
);
const fresh = () => ({ ...toyData, training: { ...toyData.training }, test: { ...toyData.test } });

law("what was prepared before changes nothing", [fc.array(asked, { minLength: 2, maxLength: 6 })], (all) => {
  const data = fresh();
  for (const { seed, ...options } of all)
    assert.equal(prepareImages(data, options, seed), prepareImages(fresh(), options, seed));
});

test("the same images are prepared once, and pooled once for all seeds", () => {
  const data = fresh();
  const first = prepareImages(data, { meanPool: 2, validation: 20 }, 1);
  assert.is(prepareImages(data, { meanPool: 2, validation: 20 }, 1), first);
  const other = prepareImages(data, { meanPool: 2, validation: 20 }, 2);
  assert.is.not(other, first);
  assert.is(other.test, first.test);
});

test.run();
