import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RunNameParts, runName } from "../../src/store/run-folders";
import { property } from "../property";

const reference: RunNameParts = {
  experiment: "block-deletion",
  scale: "quick",
  data: "mnist",
  defaultData: "mnist",
  backend: "tensorflow",
  threads: 1,
  overrides: {},
};

test("the reference run has the experiment's name, every difference adds to it", () => {
  assert.is(runName(reference), "block-deletion");
  assert.is(runName({ ...reference, scale: "smoke" }), "block-deletion-smoke");
  assert.is(runName({ ...reference, data: "cifar10" }), "block-deletion-cifar10");
  assert.is(runName({ ...reference, scale: "paper", data: "cifar10" }), "block-deletion-paper-cifar10");
  assert.is(runName({ ...reference, backend: "cpu" }), "block-deletion-cpu");
  assert.is(runName({ ...reference, threads: 4 }), "block-deletion-4-cores");
  assert.match(runName({ ...reference, overrides: { depth: "32" } }), /^block-deletion-[0-9a-f]{6}$/);
  assert.match(runName({ ...reference, dataChecksum: "ab" }), /^block-deletion-own-data-[0-9a-f]{6}$/);
});

test("two runs share a name only if they are the same run", async () => {
  const parts = fc.record({
    experiment: fc.constant("e"),
    scale: fc.constantFrom("smoke" as const, "quick" as const, "paper" as const),
    data: fc.constantFrom("mnist" as const, "cifar10" as const),
    defaultData: fc.constant("mnist" as const),
    backend: fc.constantFrom("tensorflow" as const, "cpu" as const),
    precision: fc.constantFrom(undefined, "bfloat16" as const),
    threads: fc.constantFrom(1, 2, 12),
    dataChecksum: fc.constantFrom(undefined, "aa", "bb") as fc.Arbitrary<string>,
    overrides: fc.dictionary(fc.constantFrom("depth", "seeds"), fc.constantFrom("1", "2", "3")),
  });
  const canonical = ({ overrides, ...rest }: RunNameParts) =>
    JSON.stringify([rest, Object.entries(overrides).sort(([left], [right]) => left.localeCompare(right))]);
  await property([parts, parts], (left, right) => {
    assert.is(runName(left) === runName(right), canonical(left) === canonical(right));
  })();
});

test.run();
