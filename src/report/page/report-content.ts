import type { Judgement } from "../../claims";
import type { Figure } from "../figure/figure";
import type { Column } from "../tables/columns";
import type { VerdictMap } from "../tables/verdict-map";

/** Plain JSON: what parameters and provenance are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Everything that a report shows. */
export interface ReportContent {
  readonly title: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  /** Paper, section and figure of the claims. */
  readonly source: string;
  readonly run: {
    /** The experiment's file stem. */
    readonly name: string;
    readonly scale: string;
    readonly data: string;
    /** Of activations and gradients, where it is not float32. */
    readonly precision?: string;
    /** The command that makes this page. */
    readonly command: string;
    /** While seeds are still to come: how many of how many are on the page. */
    readonly interim: { readonly doneSeeds: number; readonly totalSeeds: number } | null;
    /** ISO 8601, UTC. */
    readonly date: string;
  };
  readonly judgements: readonly Judgement[];
  readonly figures: readonly Figure[];
  /** Maps of verdicts over varied parameters, at most one a claim. */
  readonly maps?: readonly VerdictMap[];
  /** How the run compares with its reference, in a sentence: "4 of 4 verdicts agree; rows equal bit for bit." */
  readonly comparison?: string;
  readonly parameters: readonly ReportParameter[];
  /** How the run departs from the source, one sentence each. */
  readonly departures: readonly string[];
  /** Those departures that can be told in two values, in few words: "400 mini-batches (source: 64,000)". */
  readonly contrasts?: readonly string[];
  readonly rows: {
    readonly count: number;
    readonly seeds: readonly number[];
    readonly cells: { readonly done: number; readonly total: number };
  };
  readonly columns: readonly Column[];
  /** What the snippets for pandas and R compute from rows.csv. */
  readonly firstLook?: FirstLook;
  /** The file that draws the figures, by a path relative to the page. */
  readonly figuresIn?: { readonly label: string; readonly href: string };
  /** Files beside the page, by a path relative to it. */
  readonly links: readonly { readonly label: string; readonly href: string }[];
  /** Versions, machine, commit, hashes; nested as it comes. */
  readonly provenance: { readonly [name: string]: Json };
  /** Remarks, one paragraph each. */
  readonly notes?: readonly string[];
}

/** A first thing to compute from a run's rows: the medians of a column, group by group. */
export interface FirstLook<Name extends string = string> {
  /** The column; of numbers. */
  readonly median: Name;
  /** The columns that tell the groups apart; at least one. */
  readonly by: readonly Name[];
  /** The rows that count, by the values of some columns: `{ measurement: "one deleted" }`. All of them by default. */
  readonly where?: { readonly [Column in Name]?: string | number | boolean };
}

/** The parts of a report that go into a paper. */
export type PaperContent = Pick<
  ReportContent,
  "title" | "source" | "judgements" | "figures" | "maps" | "parameters" | "columns" | "provenance"
> & { readonly run: Pick<ReportContent["run"], "name" | "scale" | "data" | "date"> };

interface ReportParameter {
  readonly name: string;
  readonly value: Json;
  /** Its default at this scale. */
  readonly default: Json;
  /** Empty where there is none. */
  readonly unit: string;
  readonly description: string;
}
