import type { IndexedVerdict } from "../page/index-findings";

/** Everything that the page of a run under way shows. */
export interface LiveContent {
  /** The runs to choose from, in the order of the page. */
  readonly runs: readonly { readonly name: string; readonly goesOn: boolean }[];
  /** Null while there is no run. */
  readonly shown: LiveRun | null;
  /** Where runs are looked for, for people. */
  readonly folder: string;
}

/** "gone": its process ended without a word. */
export type LiveState = "under way" | "measured" | "interrupted" | "broken off" | "gone";

export interface LiveRun {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly scale: string;
  readonly data: string;
  /** The command that was given; it resumes the run. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly state: LiveState;
  /** Part of the work that is done, 0 to 1. */
  readonly fraction: number;
  /** In words. */
  readonly timeLeft: string;
  /** What is said of the whole, where the run is one of many. */
  readonly whole: string | null;
  readonly cells: readonly LiveCell[];
  readonly underWay: readonly LiveWork[];
  /** Those of the run so far. */
  readonly verdicts: readonly IndexedVerdict[];
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
  readonly trainings: readonly LiveTraining[];
  /** Path of the report for people; null while there is none of this run. */
  readonly report: string | null;
}

export interface LiveCell {
  readonly id: string;
  readonly name: string;
  readonly state: "cached" | "measured" | "failed" | "under way" | "waiting" | "left out";
  /** In words; null where it is not measured. */
  readonly took: string | null;
  readonly failure: { readonly message: string; readonly log: string } | null;
}

/** What a worker is at. */
export interface LiveWork {
  readonly cell: string;
  /** "training resnet32". */
  readonly phase: string;
  /** Part of the phase that is done, 0 to 1; null where it tells of none. */
  readonly fraction: number | null;
  /** Figures of the moment, and the time since it began. */
  readonly note: string;
}

/** A training so far. */
export interface LiveTraining {
  readonly network: string;
  readonly seed: number;
  /** Mini-batches in all. */
  readonly steps: number;
  /** In the order of their steps. */
  readonly points: readonly {
    readonly step: number;
    /** Nats. */
    readonly loss: number;
    /** Share, 0 to 1. */
    readonly error: number;
  }[];
}
