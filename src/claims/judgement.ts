import { DegenerateSample, type Interval, intervalNumbers, quantity, seedCount } from "../statistics";
import type { Claim, Condition, Judgement, Verdict } from "./claim";

/**
 * The verdict on a claim, from its conditions as a run found them.
 *
 * | conditions                                | verdict        |
 * |-------------------------------------------|----------------|
 * | fewer seeds than the claim asks for       | inconclusive   |
 * | all hold                                  | reproduced     |
 * | some hold, some fail                      | partly         |
 * | none holds, some fail                     | not reproduced |
 * | none fails, some undecided                | inconclusive   |
 *
 * @param effect the headline effect with its interval over seeds; its `count` is the number of seeds
 * @param conditions the parts of the claim's rule, at least one
 * @throws RangeError without conditions; DegenerateSample for an effect that is not finite
 */
export function judge(claim: Claim, effect: Interval, conditions: readonly Condition[]): Judgement {
  if (conditions.length === 0) throw new RangeError(`claim ${claim.id} needs at least one condition to be judged by`);
  requireFinite(`the effect of claim ${claim.id}`, effect.estimate, effect.low, effect.high);
  const summary = summarise(conditions);
  if (effect.count < claim.minimumSeeds) {
    const reason = `${seedCount(effect.count)} of the ${claim.minimumSeeds} needed; so far ${summary}.`;
    return { claim, verdict: "inconclusive", effect, conditions, reason };
  }
  return { claim, verdict: verdictOf(conditions), effect, conditions, reason: `${capitalised(summary)}.` };
}

/**
 * The judgement on a claim of which a run's rows do not tell the effect: nothing was measured, or what was has no such
 * statistic.
 *
 * @param why in words, without a full stop: "no gradient passes through any branch"
 */
export function cannotTell(claim: Claim, why: string): Judgement {
  return { claim, verdict: "inconclusive", effect: null, conditions: [], reason: `Cannot be told: ${why}.` };
}

/** Holds when the value is at most the border. */
export function atMost(text: string, value: number, border: number, unit: string): Condition {
  requireFinite(text, value, border);
  return {
    text: `${text} at most ${quantity(border, unit)}`,
    found: quantity(value, unit),
    outcome: value <= border ? "holds" : "fails",
  };
}

/** Holds when the value is at least the border. */
export function atLeast(text: string, value: number, border: number, unit: string): Condition {
  requireFinite(text, value, border);
  return {
    text: `${text} at least ${quantity(border, unit)}`,
    found: quantity(value, unit),
    outcome: value >= border ? "holds" : "fails",
  };
}

/** Holds when the value is exactly the expected one: for counts and shapes. */
export function exactly(text: string, value: number, expected: number, unit: string): Condition {
  requireFinite(text, value, expected);
  return {
    text: `${text} exactly ${quantity(expected, unit)}`,
    found: quantity(value, unit),
    outcome: value === expected ? "holds" : "fails",
  };
}

/** Holds when the whole interval is below the border, fails when it is at or above it, else is undecided. */
export function intervalBelow(text: string, interval: Interval, border: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, border);
  return {
    text: `interval of ${text} below ${quantity(border, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.high < border ? "holds" : interval.low >= border ? "fails" : "undecided",
  };
}

/** Holds when the whole interval is above the border, fails when it is at or below it, else is undecided. */
export function intervalAbove(text: string, interval: Interval, border: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, border);
  return {
    text: `interval of ${text} above ${quantity(border, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.low > border ? "holds" : interval.high <= border ? "fails" : "undecided",
  };
}

/**
 * Holds when the whole interval is inside the range (its ends included), fails when it is outside, else is undecided:
 * equivalence ("within 1 point of each other") and agreement with a theory's figure.
 */
export function intervalWithin(
  text: string,
  interval: Interval,
  [from, to]: readonly [number, number],
  unit: string,
): Condition {
  requireFinite(text, interval.low, interval.high, from, to);
  if (from > to) throw new RangeError(`${text}: need a range from low to high, got [${from}, ${to}]`);
  return {
    text: `interval of ${text} within [${quantity(from)}, ${quantity(to)}]${unit === "" ? "" : ` ${unit}`}`,
    found: intervalNumbers(interval, unit),
    outcome:
      interval.low >= from && interval.high <= to
        ? "holds"
        : interval.high < from || interval.low > to
          ? "fails"
          : "undecided",
  };
}

/** Holds when the interval contains the value, a theory's: the two agree as closely as the run can tell. */
export function intervalHolds(text: string, interval: Interval, value: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, value);
  return {
    text: `interval of ${text} holds ${quantity(value, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.low <= value && value <= interval.high ? "holds" : "fails",
  };
}

function verdictOf(conditions: readonly Condition[]): Verdict {
  const some = (outcome: Condition["outcome"]) => conditions.some((condition) => condition.outcome === outcome);
  if (some("fails")) return some("holds") ? "partly" : "not reproduced";
  return some("undecided") ? "inconclusive" : "reproduced";
}

/** "all 3 conditions hold"; "2 of 3 conditions hold, 1 is undecided". */
function summarise(conditions: readonly Condition[]): string {
  const total = conditions.length;
  const count = (outcome: Condition["outcome"]) => conditions.filter((found) => found.outcome === outcome).length;
  const [holding, failing, undecided] = [count("holds"), count("fails"), count("undecided")];
  if (total === 1)
    return {
      holds: "its condition holds",
      fails: "its condition fails",
      undecided: "its condition is undecided: the interval reaches over the border",
    }[conditions[0]!.outcome];
  if (holding === total) return `all ${total} conditions hold`;
  if (failing === total) return `all ${total} conditions fail`;
  const parts = [
    `${holding === 0 ? "none" : holding} of ${total} conditions ${holding < 2 ? "holds" : "hold"}`,
    ...(failing > 0 ? [`${failing} ${failing === 1 ? "fails" : "fail"}`] : []),
    ...(undecided > 0 ? [`${undecided} ${undecided === 1 ? "is" : "are"} undecided`] : []),
  ];
  return parts.join(", ");
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function requireFinite(what: string, ...values: number[]): void {
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new DegenerateSample(`${what}: need finite numbers to judge by, got ${odd}`);
}
