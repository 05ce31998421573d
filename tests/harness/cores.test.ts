import { test } from "uvu";
import * as assert from "uvu/assert";
import { allowedCores, parseCoreList, placeWorkers } from "../../src/harness/cores";

test("a single worker has all threads, several have one each", () => {
  assert.equal(placeWorkers(1, [0, 1, 2, 3], true), [{ threads: 4, core: null }]);
  assert.equal(
    placeWorkers(3, [0, 1, 2, 3], true).map(({ threads }) => threads),
    [1, 1, 1],
  );
});

test("workers are pinned when they fill the machine, each to a core of its own", () => {
  const cores = (workers: number, canPin = true) => placeWorkers(workers, [2, 5], canPin).map(({ core }) => core);
  assert.equal(cores(2), [2, 5]);
  assert.equal(cores(2, false), [null, null]);
  assert.equal(cores(3), [null, null, null]);
});

test("the kernel's list of cores is understood", () => {
  assert.equal(parseCoreList("0-2,5"), [0, 1, 2, 5]);
  assert.equal(parseCoreList(""), []);
  assert.ok(allowedCores().length >= 1);
});

test.run();
