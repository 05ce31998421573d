import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Contest, differences, runContest } from "../../benchmarks/contest";
import { fake, steady } from "./fake";

function contestOf(parts: Partial<Contest>): Contest {
  return {
    id: "a",
    what: "a",
    unit: "s",
    contenders: [],
    goals: [],
    rounds: 3,
    missing: [],
    tolerance: 0.01,
    secondsAtMost: 20,
    ...parts,
  };
}

test("every contender has its turn in every round, and no one always follows the same other", async () => {
  const turns: string[] = [];
  const result = await runContest(
    contestOf({ contenders: ["a", "b", "c"].map((name) => steady(name, [1, 2, 3])), scale: 10 }),
    { begins: (name, turn) => turn !== null && turns.push(`${name}${turn}`) },
  );
  assert.equal(turns, ["a0", "b0", "c0", "b1", "c1", "a1", "c2", "a2", "b2"]);
  assert.equal(
    result.timings.map(({ name, values }) => [name, values]),
    ["a", "b", "c"].map((name) => [name, [10, 20, 30]]),
  );
});

test("one that fails on the way is left out with its reason; the others have all their turns", async () => {
  const dying = fake(
    "b",
    `say({ ready: { version: "1" } }); onRun((i) => i === 1 ? process.exit(4) : say({ measured: 1 }));`,
  );
  const never = fake("c", "process.exit(5);");
  const missing = [{ name: "d", reason: "not installed" }];
  const result = await runContest(
    contestOf({ contenders: [steady("a", [1, 2, 3]), dying, never, steady("e", [4, 5, 6])], missing }),
    { begins: () => {} },
  );
  assert.equal(
    result.timings.map(({ name, values }) => [name, values]),
    [
      ["a", [1, 2, 3]],
      ["e", [4, 5, 6]],
    ],
  );
  assert.equal(result.leftOut, [
    { name: "d", reason: "not installed" },
    { name: "c", reason: "ended with status 5" },
    { name: "b", reason: "ended with status 4" },
  ]);
});

test("contenders that do other work are found out, rounding is forgiven", () => {
  const found = (...facts: { parameters?: number; check?: number[] }[]) =>
    differences(
      facts.map((own, i) => ({ name: `c${i}`, facts: { version: "1", ...own } })),
      0.01,
    );
  assert.equal(found({ parameters: 5, check: [2, 3] }, { parameters: 5, check: [2.001, 2.999] }), []);
  assert.equal(found({}, {}), []);
  assert.equal(found({ parameters: 5, check: [1] }), []);
  assert.is(found({ parameters: 5, check: [2] }, { parameters: 6, check: [2] }).length, 1);
  assert.is(found({ parameters: 5, check: [2] }, { parameters: 5, check: [2.1] }).length, 1);
  assert.is(found({ parameters: 5, check: [2] }, { parameters: 5, check: [2, 2] }).length, 1);
  assert.is(found({ parameters: 5, check: [2] }, { parameters: 5 }).length, 1);
  assert.is(found({ parameters: 5, check: [2] }, {}, { parameters: 5, check: [2] }).length, 2);
});

test.run();
