import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  allowedCores,
  computingEnvironment,
  parseCoreList,
  placeWorkers,
  workersAtOnce,
} from "../../src/run/worker-pool";

test("workers are as many as was asked for, or as many as there are cores for", () => {
  assert.is(workersAtOnce(3, 4, [0, 1, 2, 3]), 3);
  assert.is(workersAtOnce("auto", 1, [0, 1, 2, 3]), 4);
  assert.is(workersAtOnce("auto", 2, [0, 1, 2, 3, 4]), 2);
  assert.is(workersAtOnce("auto", 8, [0, 1, 2, 3]), 1);
  assert.is(workersAtOnce("auto", 1, []), 1);
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

test("a computing process takes its memory in large pages, beside what the person has set for the C library", () => {
  const before = process.env.GLIBC_TUNABLES;
  const tunables = (own: string | undefined) => {
    if (own === undefined) delete process.env.GLIBC_TUNABLES;
    else process.env.GLIBC_TUNABLES = own;
    return computingEnvironment(2).GLIBC_TUNABLES;
  };
  try {
    assert.is(tunables(undefined), "glibc.malloc.hugetlb=1");
    assert.is(tunables("glibc.malloc.check=3"), "glibc.malloc.check=3:glibc.malloc.hugetlb=1");
    assert.is(tunables("glibc.malloc.hugetlb=0"), "glibc.malloc.hugetlb=0");
  } finally {
    tunables(before);
  }
  assert.is(computingEnvironment(2).TF_NUM_INTRAOP_THREADS, "2");
});

test.run();
