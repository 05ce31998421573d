import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { nearestName } from "../../src/base";
import { property } from "../property";

const name = fc.stringMatching(/^[a-z]{3,8}$/);

test("a known name is its own nearest, whatever its case", async () => {
  await property([fc.array(name, { minLength: 1 })], (known) => {
    assert.is(nearestName(known[0]!.toUpperCase(), known), known[0]);
  })();
});

test("one letter dropped, doubled, exchanged or swapped with its neighbour is understood in names of three letters or more", async () => {
  await property([name, fc.nat()], (given, at) => {
    const i = at % (given.length - 1);
    const [before, one, other, after] = [given.slice(0, i), given[i]!, given[i + 1]!, given.slice(i + 2)];
    const slips = [
      before + other + after,
      before + one + one + other + after,
      `${before}-${other}${after}`,
      before + other + one + after,
    ];
    for (const typed of slips) assert.is(nearestName(typed, [given]), given, typed);
  })();
});

test("a slip of the finger is understood, another word is not", () => {
  const known = ["depth", "width", "epochs", "learningRate"];
  assert.is(nearestName("detph", known), "depth");
  assert.is(nearestName("learning-rate", known), "learningRate");
  assert.is(nearestName("epoch", known), "epochs");
  assert.is(nearestName("colour", known), null);
});

test.run();
