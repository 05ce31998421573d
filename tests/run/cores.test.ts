import { test } from "uvu";
import * as assert from "uvu/assert";
import { allowedCores, parseCoreList, placeWorkers, threadsPerWorker } from "../../src/run/worker-pool";

test("only a single worker that was asked for has all threads: how many cells are left never matters", () => {
  assert.is(threadsPerWorker(1, [0, 1, 2, 3]), 4);
  assert.is(threadsPerWorker("auto", [0, 1, 2, 3]), 1);
  assert.is(threadsPerWorker(3, [0, 1, 2, 3]), 1);
  assert.is(threadsPerWorker(1, []), 1);
  assert.equal(placeWorkers(1, { threads: 1, cores: [0, 1], canPin: true }), [{ threads: 1, core: null }]);
});

test("workers are pinned when they fill the machine, each to a core of its own", () => {
  const cores = (workers: number, { threads = 1, canPin = true } = {}) =>
    placeWorkers(workers, { threads, cores: [2, 5], canPin }).map(({ core }) => core);
  assert.equal(cores(2), [2, 5]);
  assert.equal(cores(2, { canPin: false }), [null, null]);
  assert.equal(cores(2, { threads: 2 }), [null, null]);
  assert.equal(cores(3), [null, null, null]);
});

test("the kernel's list of cores is understood", () => {
  assert.equal(parseCoreList("0-2,5"), [0, 1, 2, 5]);
  assert.equal(parseCoreList(""), []);
  assert.ok(allowedCores().length >= 1);
});

test.run();
