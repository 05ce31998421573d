/**
 * How an experiment judges a claim: an effect, and the tests that it must pass. Name and unit of the effect come from the
 * claim, so a condition is a threshold and nothing else.
 *
 * @example E1: (rows) => judge(rows.where({ keeps_shape: true }).interval("rise_points", median), atMost(5), below(10))
 */
import * as conditions from "../claims";
import type { Claim, Condition, Judgement } from "../claims";
import { bootstrapInterval, type Interval } from "../statistics";

/** What a test is put to. */
export interface Subject {
  /** "median rise". */
  readonly name: string;
  readonly interval: Interval;
  readonly unit: string;
}

/** A condition of a claim's rule, still without its subject. */
export type Test = (subject: Subject) => Condition;

/** What an experiment says of a claim. */
export interface Judged {
  readonly effect: Interval;
  readonly tests: readonly Test[];
}

/**
 * Judges a claim.
 *
 * @param effect its interval over seeds, or one number a seed
 * @param tests the claim's rule: of the effect, or `of` another quantity
 */
export function judge(effect: Interval | readonly number[], ...tests: readonly Test[]): Judged {
  return { effect: intervalOf(effect), tests };
}

/**
 * A test of another quantity than the effect.
 *
 * @param value its interval, one number a seed, or a number without an interval
 * @example of("median error of the VGG-style net", error, "%", atLeast(67.5))
 */
export function of(name: string, value: Interval | readonly number[] | number, unit: string, test: Test): Test {
  return () => test({ name, interval: intervalOf(typeof value === "number" ? [value] : value), unit });
}

/** Holds when the estimate is at most the threshold. */
export function atMost(threshold: number): Test {
  return ({ name, interval, unit }) => conditions.atMost(name, interval.estimate, threshold, unit);
}

/** Holds when the estimate is at least the threshold. */
export function atLeast(threshold: number): Test {
  return ({ name, interval, unit }) => conditions.atLeast(name, interval.estimate, threshold, unit);
}

/** Holds when the estimate is exactly the expected number: for counts and shapes. */
export function exactly(expected: number): Test {
  return ({ name, interval, unit }) => conditions.exactly(name, interval.estimate, expected, unit);
}

/** Holds when the whole interval is below the threshold; undecided when it reaches over it. */
export function below(threshold: number): Test {
  return ({ name, interval, unit }) => conditions.intervalBelow(name, interval, threshold, unit);
}

/** Holds when the whole interval is above the threshold; undecided when it reaches over it. */
export function above(threshold: number): Test {
  return ({ name, interval, unit }) => conditions.intervalAbove(name, interval, threshold, unit);
}

/** Holds when the whole interval is within the range, ends included; undecided when it reaches over an end. */
export function within(from: number, to: number): Test {
  return ({ name, interval, unit }) => conditions.intervalWithin(name, interval, [from, to], unit);
}

/** Holds when the interval contains the value, a theory's. */
export function contains(value: number): Test {
  return ({ name, interval, unit }) => conditions.intervalHolds(name, interval, value, unit);
}

/** The verdict on a claim. @throws RangeError without tests, or for an effect that is not finite */
export function judgementOf(claim: Claim, { effect, tests }: Judged): Judgement {
  const subject: Subject = { name: claim.effectName, interval: effect, unit: claim.unit };
  return conditions.judge(
    claim,
    effect,
    tests.map((test) => test(subject)),
  );
}

function intervalOf(given: Interval | readonly number[]): Interval {
  return "estimate" in given ? given : bootstrapInterval(given);
}
