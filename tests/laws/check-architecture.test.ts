import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CheckOptions, checkArchitecture, countsEqualSnapshot, shapesFollowFormula } from "../../src/laws";
import { families } from "../../src/networks";
import { execute } from "../../src/runtime/set-up/tools";
import { root } from "../runtime/sandbox";
import { brokenBy, byBatchStatistics, errorOf, misfitFamily, sound, withEnvironment } from "./broken";

test("only the named laws are tried, and the snapshot only with a file", async () => {
  await checkArchitecture(misfitFamily, { laws: ["seeds"], sides: [8, 10] });
  await checkArchitecture(sound, { laws: ["seeds", "shapes"], run: byBatchStatistics, runs: 3 });
  const { law } = await brokenBy(checkArchitecture(sound, { run: byBatchStatistics, seed: 1 }));
  assert.is(law, "batch-independence");
});

test("what a subject is claimed to take can be told: sides, channels, depths, widths", async () => {
  await checkArchitecture(misfitFamily, { laws: ["shapes"], sides: [8, 12], runs: 10 });
  const seen = new Set<string>();
  const family = {
    ...misfitFamily,
    build(options: Parameters<typeof misfitFamily.build>[0]) {
      seen.add([options.depth, options.width, options.inputShape[2]].join("/"));
      return misfitFamily.build(options);
    },
  };
  await shapesFollowFormula(family, { depths: [8], widths: [3], channels: [2], sides: [10], runs: 5 });
  assert.equal([...seen], ["8/3/2"]);
});

test("misuse is told before anything is tried", async () => {
  const cases: [CheckOptions, RegExp][] = [
    [{ laws: ["speed" as "shapes"] }, /there is no law "speed"; there are snapshot, shapes/],
    [{ path: "0:1", seed: 3 }, /a path belongs to one law/],
    [{ path: "0:1", laws: ["shapes"] }, /the path "0:1" needs the seed/],
    [{ path: "zero", seed: 3, laws: ["shapes"] }, /need a path such as "3:0:1", got "zero"/],
    [{ laws: ["snapshot"] }, /the law "snapshot" needs a file/],
    [{ runs: 0 }, /need a whole number of cases, got 0/],
    [{ sides: [] }, /need at least one value in sides/],
    [{ sides: [8, 8.5] }, /need whole numbers above 0 in sides, got 8.5/],
    [{ gradientNorms: [10, 1], laws: ["gradient-norms"] }, /need bounds of gradient norms above 0 with 1 between them/],
  ];
  await withEnvironment({}, async () => {
    for (const [options, message] of cases) {
      const error = await errorOf(checkArchitecture(sound, options));
      assert.instance(error, RangeError, `${message}`);
      assert.match(error.message, message);
    }
    assert.match((await errorOf(checkArchitecture([]))).message, "an empty list");
    assert.match((await errorOf(countsEqualSnapshot([sound, sound], { snapshot: "x" }))).message, 'two of "sound"');
  });
});

test("the environment says how many cases there are, and which seed", async () => {
  let built = 0;
  const counting = (options: Parameters<typeof sound>[0]) => {
    built++;
    return sound(options);
  };
  await withEnvironment({ FC_NUM_RUNS: "3", FC_SEED: "8" }, () => checkArchitecture(counting, { laws: ["shapes"] }));
  assert.is(built, 3);
  const { seed } = await withEnvironment({ FC_SEED: "8" }, () => brokenBy(shapesFollowFormula(misfitFamily)));
  assert.is(seed, 8);
  const inCi = await withEnvironment({ CI: "true" }, () => brokenBy(shapesFollowFormula(misfitFamily)));
  assert.is(inCi.seed, 160506431);
});

test("a path concerns the law and the network that it was found with, and no other", async () => {
  const variables = { FC_SEED: "8", FC_PATH: "0", FC_PROPERTY: "shapes/misfit" };
  let built = 0;
  const other = (options: Parameters<typeof sound>[0]) => {
    built++;
    return sound(options);
  };
  await withEnvironment(variables, () => checkArchitecture(other, { laws: ["shapes"], runs: 7 }));
  assert.is(built, 7);
});

test("an error of the builder's own code is told with its place in that code", async () => {
  const failing = () => {
    throw new TypeError("no such thing as a stage");
  };
  const broken = await brokenBy(checkArchitecture(failing, { laws: ["shapes"], seed: 1 }));
  assert.match(broken.message, "a network that cannot be built: images of 8x8x1, 2 classes");
  assert.match(broken.message, "TypeError: no such thing as a stage");
  const { stack } = broken.cause as Error;
  assert.match(stack!, "check-architecture.test.ts");
  assert.not.match(stack!, "node_modules");
});

test("all families of the project are one subject", async () => {
  await checkArchitecture(families, { laws: ["seeds"], runs: 5 });
});

test("Node's own test runner fails on a broken law, with its message and no stack of fast-check", async () => {
  const file = `${root}/tests/laws/under-node-test.ts`;
  const { status, stdout } = await execute(process.execPath, ["--require", "ts-node/register", "--test", file], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", FC_SEED: "4" },
  });
  assert.is(status, 1, stdout);
  assert.match(stdout, /pass 1\b/);
  assert.match(stdout, /fail 1\b/);
  assert.match(stdout, 'misfit breaks the law "shapes":');
  assert.match(stdout, "FC_SEED=4 FC_PATH=");
  assert.not.match(stdout, "fast-check");
});

test.run();
