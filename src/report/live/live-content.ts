import type { IndexedVerdict } from "../page/index-findings";

/** Everything that the page of a run in progress shows. */
export interface LiveContent {
  /** The runs to choose from, in the order of the page. */
  readonly runs: readonly { readonly name: string; readonly goesOn: boolean }[];
  /** Null while there is no run. */
  readonly shown: LiveRun | null;
  /** The folder of the runs, for people. */
  readonly folder: string;
}

/** "gone": its process ended without saying how. */
export type LiveState = "under way" | "measured" | "interrupted" | "broken off" | "gone";

export interface LiveRun {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly scale: string;
  readonly data: string;
  /** The command of the run; it also resumes it. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly state: LiveState;
  /** Fraction of the work that is done, 0 to 1. */
  readonly fraction: number;
  /** In words. */
  readonly timeLeft: string;
  /** Progress of the whole job in words, where the run is one of several. */
  readonly whole: string | null;
  readonly cells: readonly LiveCell[];
  readonly underWay: readonly LiveWork[];
  /** The verdicts so far. */
  readonly verdicts: readonly IndexedVerdict[];
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
  readonly trainings: readonly LiveTraining[];
  /** Path of the report, for people; null while there is none. */
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

/** What a worker is doing. */
export interface LiveWork {
  readonly cell: string;
  /** "training resnet32". */
  readonly phase: string;
  /** Fraction of the phase that is done, 0 to 1; null where it is not known. */
  readonly fraction: number | null;
  /** Current figures, and the time since it began. */
  readonly note: string;
}

/** A training run so far. */
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
