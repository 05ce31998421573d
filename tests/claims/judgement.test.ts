import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  atLeast,
  atMost,
  type Claim,
  type Condition,
  exactly,
  intervalAbove,
  intervalBelow,
  intervalHolds,
  intervalWithin,
  judge,
} from "../../src/claims";
import { law } from "../property";

const claim: Claim = {
  id: "E1",
  statement: "Deleting one block hardly hurts.",
  source: "Veit et al. 2016",
  measuredBy: "error after deletion",
  rule: "median rise at most 5 points",
  paperValue: "about 0",
  effectName: "median rise",
  unit: "points",
  minimumSeeds: 5,
};
const effect = { estimate: 0.6, low: 0.4, high: 0.9, count: 5, confidence: 0.95 };

const condition: fc.Arbitrary<Condition> = fc.record({
  text: fc.constant("a condition"),
  found: fc.constant("1 point"),
  outcome: fc.constantFrom("holds", "fails", "undecided"),
});
const conditions = fc.array(condition, { minLength: 1, maxLength: 6 });
const interval = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
  .map(([estimate, below, above]) => ({ ...effect, estimate, low: estimate - below, high: estimate + above }));
const border = fc.integer({ min: -50, max: 50 });

law(
  "a claim is reproduced exactly when enough seeds stand behind it and every condition holds",
  [conditions, fc.integer({ min: 1, max: 9 })],
  (given, count) => {
    const { verdict } = judge(claim, { ...effect, count }, given);
    const all = given.every(({ outcome }) => outcome === "holds");
    assert.is(verdict === "reproduced", all && count >= claim.minimumSeeds);
  },
);

law(
  "too few seeds are inconclusive, and the reason says how many there are",
  [conditions, fc.integer({ min: 1, max: 4 })],
  (given, count) => {
    const { verdict, reason } = judge(claim, { ...effect, count }, given);
    assert.is(verdict, "inconclusive");
    assert.match(reason, `${count} seed`);
    assert.match(reason, "of the 5 needed; so far ");
  },
);

law("a failing condition is never passed over, an undecided one never taken for either", [conditions], (given) => {
  const outcomes = new Set(given.map(({ outcome }) => outcome));
  const { verdict } = judge(claim, effect, given);
  if (outcomes.has("fails")) assert.is(verdict, outcomes.has("holds") ? "partly" : "not reproduced");
  else assert.is(verdict, outcomes.has("undecided") ? "inconclusive" : "reproduced");
});

law("the order of conditions does not change the verdict", [conditions], (given) => {
  assert.is(judge(claim, effect, [...given].reverse()).verdict, judge(claim, effect, given).verdict);
});

law("an interval cannot lie on both sides of a border", [interval, border], (given, at) => {
  const below = intervalBelow("rise", given, at, "points").outcome;
  const above = intervalAbove("rise", given, at, "points").outcome;
  assert.not.equal([below, above], ["holds", "holds"]);
  if (below === "holds") assert.is(above, "fails");
  if (above === "holds") assert.is(below, "fails");
  assert.is(below === "undecided", given.low < at && given.high >= at);
});

law(
  "an interval is within a range exactly when it is neither partly nor wholly outside",
  [interval, border, fc.integer({ min: 0, max: 30 })],
  (given, from, width) => {
    const { outcome } = intervalWithin("rise", given, [from, from + width], "points");
    const overlaps = given.high >= from && given.low <= from + width;
    const inside = given.low >= from && given.high <= from + width;
    assert.is(outcome, inside ? "holds" : overlaps ? "undecided" : "fails");
  },
);

law("a value equal to its border is at most, at least and exactly it", [border, border], (value, at) => {
  assert.is(atMost("rise", value, at, "points").outcome, value <= at ? "holds" : "fails");
  assert.is(atLeast("rise", value, at, "points").outcome, value >= at ? "holds" : "fails");
  assert.is(exactly("rise", value, at, "points").outcome, value === at ? "holds" : "fails");
});

test("conditions read as sentences with their figures", () => {
  assert.equal(atMost("median rise", 0.6123, 5, "points"), {
    text: "median rise at most 5 points",
    found: "0.612 points",
    outcome: "holds",
  });
  assert.equal(intervalBelow("median rise", { ...effect, low: 8, high: 12, estimate: 10 }, 10, "points"), {
    text: "interval of median rise below 10 points",
    found: "10.0 points [8.0, 12.0]",
    outcome: "undecided",
  });
  assert.is(intervalWithin("factor", effect, [1.4, 1.5], "").text, "interval of factor within [1.4, 1.5]");
});

test("reasons count the conditions", () => {
  const outcome = (given: Condition["outcome"]): Condition => ({ text: "t", found: "f", outcome: given });
  const reason = (...given: Condition["outcome"][]) => judge(claim, effect, given.map(outcome)).reason;
  assert.is(reason("holds", "holds"), "All 2 conditions hold.");
  assert.is(reason("holds", "fails", "undecided"), "1 of 3 conditions holds, 1 fails, 1 is undecided.");
  assert.is(reason("undecided", "fails", "fails"), "None of 3 conditions holds, 2 fail, 1 is undecided.");
  assert.is(reason("fails"), "Its condition fails.");
});

test("what cannot be judged is refused", () => {
  assert.throws(() => judge(claim, effect, []), /at least one condition/);
  assert.throws(() => judge(claim, { ...effect, low: Number.NaN }, [atMost("rise", 1, 2, "points")]), /finite/);
  assert.throws(() => atMost("median rise", Number.NaN, 5, "points"), /median rise: need finite/);
  assert.throws(() => intervalBelow("rise", { ...effect, high: Infinity }, 5, "points"), /finite/);
});

law(
  "an interval holds exactly the values between its ends, these included, and is never undecided about one",
  [interval, border],
  (given, value) => {
    const { outcome, text } = intervalHolds("exponent", given, value, "");
    assert.is(outcome, given.low <= value && value <= given.high ? "holds" : "fails");
    assert.match(text, "interval of exponent holds ");
    for (const end of [given.low, given.high]) assert.is(intervalHolds("exponent", given, end, "").outcome, "holds");
  },
);

test.run();
