import util from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repairNode } from "../../src/runtime/tensorflow";

type Dropped = { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
const dropped = util as Dropped;

test("what Node 23 dropped is put back and tells right from wrong", () => {
  delete dropped.isNullOrUndefined;
  delete dropped.isArray;
  repairNode();
  assert.equal(
    [null, undefined, 0, "", false, NaN].map((value) => dropped.isNullOrUndefined?.(value)),
    [true, true, false, false, false, false],
  );
  assert.equal(
    [[], [1], "ab", { length: 0 }, new Float32Array(1)].map((value) => dropped.isArray?.(value)),
    [true, true, false, false, false],
  );
});

test("where Node has them, they are replaced by ones that do not warn", () => {
  const warns = () => {
    throw new Error("deprecated");
  };
  dropped.isNullOrUndefined = warns;
  dropped.isArray = warns;
  repairNode();
  assert.is(dropped.isNullOrUndefined?.(undefined), true);
  assert.is(dropped.isArray?.([]), true);
});

test.run();
