import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compare, spreadText } from "../../benchmarks/comparison";
import type { ContestResult, Goal } from "../../benchmarks/contest";
import { goalRows, headline, timingRows } from "../../benchmarks/results";
import { contestText } from "../../benchmarks/table";
import { law } from "../property";

function result(
  goals: Goal[],
  values: Readonly<Record<string, number[]>>,
  more: Partial<ContestResult> = {},
): ContestResult {
  const rounds = Object.values(values)[0]?.length ?? 0;
  return {
    contest: {
      id: "a/b",
      what: "work",
      unit: "s",
      contenders: [],
      goals,
      rounds,
      missing: [],
      tolerance: 0.01,
      secondsAtMost: 1,
    },
    timings: Object.entries(values).map(([name, own]) => ({ name, facts: { version: "1" }, values: own, notes: [] })),
    leftOut: [],
    differences: [],
    ...more,
  };
}

const atMost = (bound: number): Goal => ({ kind: "ratio", ours: ["ours"], peers: ["peer"], bound });
const atLeast = (bound: number): Goal => ({ kind: "speed-up", ours: ["ours"], peers: ["peer"], bound });

test("a ratio is taken round by round, then its median: what slows a round slows both", () => {
  // By hand: 1/2, 10/5, 3/4 have the median 0.75; the ratio of the medians would be 3/4, that of the means 14/11.
  const [ratio] = compare(result([atMost(0.8)], { ours: [1, 10, 3], peer: [2, 5, 4] }));
  assert.equal([ratio!.found, ratio!.low, ratio!.high, ratio!.reached], [0.75, 0.5, 2, true]);
  const [speedUp] = compare(result([atLeast(1.5)], { ours: [1, 10, 3], peer: [2, 5, 4] }));
  assert.is(speedUp!.found, 4 / 3);
  assert.is(speedUp!.reached, false);
});

const times = fc.array(
  fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: 0.01, max: 100, noNaN: true })),
  {
    minLength: 1,
    maxLength: 7,
  },
);

law("a goal at the found value is reached, one beyond it is not", [times], (rounds) => {
  const values = { ours: rounds.map(([own]) => own), peer: rounds.map(([, other]) => other) };
  const found = (goal: Goal) => compare(result([goal], values))[0]!;
  const ratio = found(atMost(1)).found!;
  const speedUp = found(atLeast(1)).found!;
  assert.ok(found(atMost(ratio)).reached && !found(atMost(0.999 * ratio)).reached);
  assert.ok(found(atLeast(speedUp)).reached && !found(atLeast(1.001 * speedUp)).reached);
});

test("a page opens with what each work takes over the best peer, in each precision, the least and the most of its contests", () => {
  const of = (
    id: string,
    goals: Goal[],
    values: Readonly<Record<string, number[]>>,
    more: Partial<ContestResult> = {},
  ) => {
    const one = result(goals, values, more);
    return { ...one, contest: { ...one.contest, id } };
  };
  const faster: Goal = { kind: "speed-up", ours: ["ours"], peers: ["PyTorch"], bound: 2 };
  const own: Goal = { kind: "speed-up", ours: ["ours"], peers: ["ours, one pass a route"], bound: 2 };
  const sentence = headline([
    of("training-step/resnet20", [atMost(1)], { ours: [1], peer: [2] }),
    of("training-step/resnet110", [atMost(1)], { ours: [9], peer: [10] }),
    of("training-step/resnet20/bfloat16", [atMost(1)], { ours: [3], peer: [2] }),
    of("route-sweeps/orders", [own, faster], { ours: [1], "ours, one pass a route": [8], PyTorch: [4] }),
    of("inference/resnet20", [atMost(1)], { ours: [1], peer: [2] }, { differences: ["not the same"] }),
  ]);
  const what = "What the same work takes here, over what it takes the best peer";
  assert.is(sentence, `${what}: training step 0.50 to 0.90, training step in bfloat16 1.50, route sweeps 0.25.`);
  assert.match(headline([of("help-text/a", [own], { ours: [1] })]), "No peer was measured");
});

law(
  "with an odd number of rounds the speed-up is one over the ratio",
  [times.filter(({ length }) => length % 2 === 1)],
  (rounds) => {
    const values = { ours: rounds.map(([own]) => own), peer: rounds.map(([, other]) => other) };
    const [ratio, speedUp] = compare(result([atMost(1), atLeast(1)], values));
    assert.ok(Math.abs(ratio!.found! * speedUp!.found! - 1) < 1e-9);
    assert.ok(ratio!.low! <= ratio!.found! && ratio!.found! <= ratio!.high!);
  },
);

test("of several arrangements each side's best counts", () => {
  const goal: Goal = { kind: "speed-up", ours: ["ours 1", "ours 2"], peers: ["peer 1", "peer 2"], bound: 1 };
  const [best] = compare(result([goal], { "ours 1": [5, 5], "peer 1": [3, 3], "ours 2": [2, 2], "peer 2": [4, 4] }));
  assert.is(best!.found, 1.5);
  assert.is(best!.goal, "peer 1 / ours 2, at least 1");
});

test("without a peer, or after other work, nothing is concluded", () => {
  const [missing] = compare(result([atMost(1)], { ours: [1] }));
  assert.equal([missing!.found, missing!.reached], [null, null]);
  const [other] = compare(result([atMost(1)], { ours: [1], peer: [2] }, { differences: ["other losses"] }));
  assert.equal([other!.found, other!.reached], [0.5, null]);
});

test("a value of ours alone is held against its bound", () => {
  const [value] = compare(result([{ kind: "value", ours: ["ours"], bound: 0.5 }], { ours: [0.4, 0.45, 0.6] }));
  assert.equal([value!.found, value!.reached], [0.45, true]);
});

test("the spread is the median with the least and the most", () => {
  assert.is(spreadText([0.3, 0.1, 0.2], "s"), "0.2 s [0.1, 0.3]");
  assert.is(spreadText([7], "MB"), "7 MB");
});

test("tables have a row for each turn and for each goal, and say who was left out", () => {
  const found = result(
    [atMost(1), atLeast(2)],
    { ours: [1, 2], peer: [2, 3] },
    { leftOut: [{ name: "x", reason: "gone" }] },
  );
  assert.is(timingRows([found, found]).length, 8);
  const goals = goalRows([found]);
  assert.equal(
    goals.map(({ reached }) => reached),
    [true, false],
  );
  assert.ok(goals.every(({ remark }) => remark === "x: gone"));
  const text = contestText(found, false);
  for (const part of [
    "work",
    "ours",
    "1.5 s [1, 2]",
    "✓ ours / peer, at most 1",
    "✗ peer / ours, at least 2",
    "x: gone",
  ]) {
    assert.ok(text.includes(part), `${part} is missing in\n${text}`);
  }
});

test.run();
