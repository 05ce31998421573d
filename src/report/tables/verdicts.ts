import type { Condition, Verdict } from "../../claims";
import { type Interval, intervalNumbers } from "../../statistics";

/** For what a verdict was shown, a sentence; that of a reproduced claim says that it reaches no further. Empty without a range. */
export function rangeText(verdict: Verdict, range: string): string {
  if (range === "") return "";
  return verdict === "reproduced" ? `Reproduced within this range: ${range}.` : `Shown for ${range}.`;
}

/** Sign before a verdict's word: it says the same as the colour, for those who do not see it. */
export const verdictMarks: Readonly<Record<Verdict, string>> = {
  reproduced: "✓",
  partly: "◐",
  "not reproduced": "✗",
  correct: "✓",
  imprecise: "◐",
  wrong: "✗",
  inconclusive: "?",
  "not testable here": "–",
};

/** Sign before a condition. */
export const outcomeMarks: Readonly<Record<Condition["outcome"], string>> = { holds: "✓", fails: "✗", undecided: "?" };

/** An effect with its interval; null where a run's rows cannot tell it. */
export type Effect = Omit<Interval, "confidence"> | null;

/** @example effectText({ estimate: 0.61, low: 0.42, high: 0.88, count: 5 }, "points") // "0.61 points [0.42, 0.88]" */
export function effectText(effect: Effect, unit = ""): string {
  return effect === null ? "cannot be told" : intervalNumbers(effect, unit);
}

/**
 * An effect for people, its estimate apart from its interval: both with the same decimals. One seed has no interval.
 *
 * @example effectTexts({ estimate: 0.61, low: 0.42, high: 0.88, count: 5 }, "points") // { estimate: "0.61 points", interval: "[0.42, 0.88]" }
 */
export function effectTexts(
  effect: Effect,
  unit = "",
): { readonly estimate: string; readonly interval: string | null } {
  const [estimate = "", ends] = effectText(effect, unit).split(" [");
  return { estimate, interval: ends === undefined ? null : `[${ends}` };
}
