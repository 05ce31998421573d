import type { Claim, Verdict } from "../claims";
import type { Interval } from "../statistics";

/** Everything the page of all claims shows. */
export interface IndexContent {
  /** The registry, in its order. */
  readonly claims: readonly Claim[];
  readonly runs: readonly IndexedRun[];
  /** For claims without a run among these, where it is known: the command that judges them. */
  readonly commands: ReadonlyMap<string, string>;
  /** What is missing or damaged among the runs' files, one sentence each. */
  readonly faults: readonly string[];
}

/** A run, as far as its files tell. */
export interface IndexedRun {
  readonly name: string;
  /** Whether it is its experiment's run at the default scale, on the default data, with no parameter set by hand. */
  readonly isReference: boolean;
  readonly scale: string;
  readonly data: string;
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
  /** What makes the run again; null when unknown. */
  readonly command: string | null;
  /** ISO 8601, UTC; null when unknown. */
  readonly ended: string | null;
  /** Address of its report from the page; null where there is none. */
  readonly report: string | null;
  readonly verdicts: readonly IndexedVerdict[];
}

/** A claim as a run judged it, and as it was worded then. */
export interface IndexedVerdict {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly effect: Omit<Interval, "confidence">;
  readonly unit: string;
  readonly statement: string;
  readonly source: string;
  readonly rule: string;
  readonly paperValue: string;
  readonly reason: string;
  /** SVG of `figureThumbnail`; null where there is none. */
  readonly thumbnail: string | null;
}
