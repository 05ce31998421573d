import type { Interval } from "../statistics";
import type { PreconditionName } from "./preconditions";

/** The groups of claims, in the order in which reports show them. */
export type ClaimGroup = "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H";

/** A documented statement, where it stands, and the rule by which it is judged: fixed before any run. */
export interface Claim {
  /** Letter of the group and a number: "E1". */
  readonly id: `${ClaimGroup}${number}`;
  /** The statement, in one sentence. */
  readonly statement: string;
  /** Authors, year and arXiv number, with the section or figure. */
  readonly source: string;
  /** What is measured. */
  readonly measuredBy: string;
  /** When the claim counts as reproduced, in words; the conditions of a judgement follow it one by one. */
  readonly rule: string;
  /** The source's own figure, in words and numbers, to be set beside ours. */
  readonly paperValue: string;
  /** The effect in a few words without digits: "median rise". Papers name it so; none twice in an experiment. */
  readonly effectName: string;
  /** Unit of the effect: "points" are percentage points of top-1 error. */
  readonly unit: string;
  /** Fewer seeds than this leave the verdict inconclusive, whatever the figures say. */
  readonly minimumSeeds: number;
  /** What the source takes for granted; where a run's networks are otherwise, the verdict is "not testable here". */
  readonly preconditions?: readonly PreconditionName[];
  /** Put beside another claim after results had been seen, as that one is ill-posed: counted apart. */
  readonly postHoc?: true;
  /** A row of the audit: what is judged is the lecture's wording, in words of its own; counted apart. */
  readonly audit?: true;
  /** Of a row of the audit: the finding that is about the same sentence. The two are one card. */
  readonly sentenceOf?: `${ClaimGroup}${number}`;
}

/**
 * How a claim fares: its rule's conditions hold, hold in part, fail, or cannot be told; or the run's networks are not those of which
 * it speaks.
 */
export type Verdict = "reproduced" | "partly" | "not reproduced" | AuditVerdict | "inconclusive" | "not testable here";

/** What is said of a wording: all that it implies is so, some of it, nothing. */
export type AuditVerdict = "correct" | "imprecise" | "wrong";

/** One part of a rule, as the run found it. `undecided`: the interval reaches over the border. */
export interface Condition {
  /** What had to hold, with its border: "median rise at most 5 points". */
  readonly text: string;
  /** What was found: "0.61 points". */
  readonly found: string;
  readonly outcome: "holds" | "fails" | "undecided";
}

/** A claim judged on a run's rows. */
export interface Judgement {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** The headline effect with its interval over seeds, in the claim's unit; null where the rows cannot tell it. */
  readonly effect: Interval | null;
  readonly conditions: readonly Condition[];
  /** Its claim's preconditions, as the run's rows show them; `undecided` where they do not. */
  readonly preconditions: readonly Condition[];
  /** What was found, in a sentence: what was changed, from what to what, over how many networks. */
  readonly sentence: string;
  /** Networks, depths and length of training that the verdict was shown for; empty where there is nothing of the kind. */
  readonly range: string;
  /** Why this verdict, in one sentence. */
  readonly reason: string;
}
