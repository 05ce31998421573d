import type { Condition, Verdict } from "../claims";

/** Sign before a verdict's word: it says the same as the colour, for those who do not see it. */
export const verdictMarks: Readonly<Record<Verdict, string>> = {
  reproduced: "✓",
  partly: "◐",
  "not reproduced": "✗",
  inconclusive: "?",
};

/** Sign before a condition. */
export const outcomeMarks: Readonly<Record<Condition["outcome"], string>> = { holds: "✓", fails: "✗", undecided: "?" };
