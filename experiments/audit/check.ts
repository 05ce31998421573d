import type { Claim } from "../../src/claims";

/** How what is found is to stand to the lecture's value for its wording to hold; `below` and `above`: the whole interval. */
export type Relation = "exactly" | "at most" | "at least" | "below" | "above";

/** One number that the lecture's wording implies, and how it is counted or measured. */
export interface Check {
  readonly claim: Claim["id"];
  /** As a condition of the verdict names it: "terms of the sum over 9 blocks". */
  readonly quantity: string;
  readonly unit: string;
  readonly lecture: readonly [relation: Relation, value: number];
  /** The same for every seed, or drawn by it. */
  found(seed: number): number;
}
