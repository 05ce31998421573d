import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { editDistance, nearestName } from "../../src/base/usage-error";
import { property } from "../property";

const word = fc.string({ maxLength: 8 });

test("the edit distance is zero for equal words only, and the same both ways", async () => {
  await property([word, word], (left, right) => {
    assert.is(editDistance(left, right) === 0, left === right);
    assert.is(editDistance(left, right), editDistance(right, left));
    assert.ok(editDistance(left, right) <= Math.max(left.length, right.length));
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
