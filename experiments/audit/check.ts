import { auditClaims } from "../../src/claims";

/** How the value found must stand to the lecture's for its wording to hold; `below` and `above`: the whole interval. */
export const relations = ["exactly", "at most", "at least", "below", "above"] as const;

/** The audited claims. */
export const audited = auditClaims.map(({ id }) => id);

/** One number that the lecture's wording implies, and how it is counted or measured. */
export interface Check {
  readonly claim: (typeof audited)[number];
  /** As a condition of the verdict names it: "terms of the sum over 9 blocks". */
  readonly quantity: string;
  readonly unit: string;
  readonly lecture: readonly [relation: (typeof relations)[number], value: number];
  /** The same for every seed, or random with that seed. */
  found(seed: number): number;
}
