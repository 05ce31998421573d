import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  atLeast,
  atMost,
  type Claim,
  type Condition,
  claims,
  exactly,
  intervalAbove,
  intervalBelow,
  intervalHolds,
  intervalWithin,
  judge,
  preconditions,
  type State,
  underPreconditions,
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

const condition0: Condition = { text: "a condition", found: "1 point", outcome: "holds" };
const asking: Claim = { ...claim, preconditions: ["half of chance", "trained as in the sources", "three points"] };
const percents = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 6 });
const numbers = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 });
const stateOf = (values: readonly number[]): State[] => (values.length === 0 ? [] : [{ values }]);

law(
  "a claim is told exactly where every precondition holds in every seed and every network, at its border too",
  [conditions, percents, percents, numbers],
  (given, errors, residualErrors, points) => {
    const told = judge(asking, effect, given);
    const states = {
      "half of chance": stateOf(errors),
      "trained as in the sources": stateOf(residualErrors),
      "three points": stateOf(points),
    };
    const found = underPreconditions(told, states, { longer: null });
    const holds =
      [errors, residualErrors, points].every((values) => values.length > 0) &&
      errors.every((error) => error <= 45) &&
      residualErrors.every((error) => error <= 15) &&
      points.every((count) => count >= 3);
    assert.is(found.verdict, holds ? told.verdict : "not testable here");
    assert.is(found.reason === told.reason, holds);
    assert.equal(found.effect, told.effect); // what was measured is shown all the same
    assert.is(found.preconditions.length, 3);
    assert.is(
      found.preconditions.every(({ outcome }) => outcome === "holds"),
      holds,
    );
  },
);

test("the reason has the figure of the worst seed, what the claim asks for, and the setting that would get there", () => {
  const told = judge({ ...claim, preconditions: ["half of chance"] }, effect, [condition0]);
  const errors = { "half of chance": [{ values: [3, 91, 20] }] };
  const { reason } = underPreconditions(told, errors, { longer: "e.g. --set steps=2000" });
  assert.is(
    reason,
    "The intact network errs on 91 % of its test images; the claim asks for at most 45 %: train longer, e.g. --set steps=2000.",
  );
  const twoClasses = underPreconditions(told, { "half of chance": [{ values: [30], border: 25 }] }, { longer: null });
  assert.is(
    underPreconditions(told, errors, "given").reason,
    "The intact network errs on 91 % of its test images; the claim asks for at most 45 %: give a network that errs less, and see " +
      "that its images are prepared as in its training (--image-scale).",
  );
  assert.match(twoClasses.reason, /errs on 30 % .* at most 25 %: train longer\.$/);
  assert.match(
    underPreconditions(told, {}, { longer: null }).reason,
    /cannot be told from this run, whose rows do not hold it/,
  );
});

test("claims ask for preconditions that there are, those of one statement for the same", () => {
  for (const one of claims as readonly Claim[]) {
    for (const name of one.preconditions ?? []) assert.ok(name in preconditions, `${one.id}: ${name}`);
    const [first] = one.id.split(".");
    const beside = (claims as readonly Claim[]).find(({ id }) => id === first)!;
    if (["C5.1", "E3.1", "F5.1", "C9.1", "G2.1"].includes(one.id))
      assert.equal(one.preconditions, beside.preconditions);
    assert.is(one.postHoc ?? false, one.id.includes("."), one.id);
  }
});

test.run();
