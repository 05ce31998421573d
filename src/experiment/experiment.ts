/**
 * The experiment contract: what a file in experiments/ declares, and nothing of how it is run.
 */
import type { Claim, Judgement } from "../claims";
import type { Dataset, DatasetName, ImageShape } from "../data";
import type { Architecture } from "../networks";
import type { Figure } from "../report";
import type { Trained, TrainingPlan } from "../training";
import type { ParameterDeclarations, ParameterValue, ParameterValues } from "./parameters";

/** What an experiment writes into a table: identifiers, measurements, and null for "not measured". */
export type RowValue = string | number | boolean | null;
/** One measurement in long format; keys are the CSV's columns, snake_case with their unit. */
export type Row = Readonly<Record<string, RowValue>>;

/** A cell's setting: what tells it from the experiment's other cells. Always holds its seed. */
export type Setting = Readonly<Record<string, RowValue>> & { readonly seed: number };

/** What an experiment declares; the harness does the rest. */
export interface ExperimentDefinition<
  Declared extends ParameterDeclarations,
  Cell extends Setting,
  Measured extends Row,
> {
  /** File stem: "block-deletion". Names the results folder and the report. */
  readonly name: string;
  readonly title: string;
  /** What is asked, in one sentence, for the head of the screen and of the report. */
  readonly question: string;
  /** Paper, section and figure that state it. */
  readonly source: string;
  readonly claims: readonly Claim[];
  /**
   * The data sets it can run on, the first by default; all when left out. Empty for an experiment that makes its own
   * data: then it has no `--data`.
   */
  readonly datasets?: readonly DatasetName[];
  readonly parameters: Declared;
  /** The units of work, in the order they should run: all cells of the first seed, then of the second, ... */
  cells(parameters: ParameterValues<Declared>): Cell[];
  /**
   * The plan of the network that a cell asks for by `run.trained`: where cells ask for the same one, the estimate of time
   * counts its training once, and not at all when it is in the store. May be left out, then `work` counts it; null for a
   * cell that asks for none.
   *
   * @param images size of the data set's own images
   */
  trains?(cell: Cell, parameters: ParameterValues<Declared>, images: ImageShape): TrainingPlan | null;
  /**
   * Cost of a cell in multiply-accumulates (any fixed unit does), without the training of what it `trains`: weighs progress
   * and the estimate of time.
   */
  work(cell: Cell, parameters: ParameterValues<Declared>): number;
  /**
   * The parameters that a cell's result depends on, where that is not all of them: the others may change without the
   * cell being measured again. `seeds` never counts.
   */
  relevant?(cell: Cell, parameters: ParameterValues<Declared>): Readonly<Record<string, ParameterValue>>;
  /** Does one cell's work in a worker process. The harness adds the cell's setting to every row. */
  measure(cell: Cell, parameters: ParameterValues<Declared>, run: CellRun): Promise<Measured[]>;
  /** Judges the claims on the rows so far: all of them, or those of the first seeds (an interim verdict). */
  verdicts(rows: readonly (Cell & Measured)[], parameters: ParameterValues<Declared>): Judgement[];
  figures(rows: readonly (Cell & Measured)[], parameters: ParameterValues<Declared>): Figure[];
  /** In what the run differs from the source's protocol, one sentence each, for the report. */
  departures(parameters: ParameterValues<Declared>): string[];
  /** Unit and meaning of every column of its rows, setting included, in the order of the table: for columns.json. */
  readonly columns: Readonly<Record<string, string>>;
  /**
   * How it puts a custom network to the test (`--network FILE`), in the place of the one that a parameter names; left
   * out where it tests no single network.
   */
  readonly customNetwork?: CustomNetworkUse<Extract<keyof Declared, string>>;
  /** Options of its own that print something and measure nothing, where it has any. */
  readonly actions?: readonly ExperimentAction[];
}

/** An option of one experiment's command line that prints a text in place of a run. */
export interface ExperimentAction {
  /** Name of the option and of its value: "--summary <network>". */
  readonly flags: `--${string} <${string}>`;
  /** For the help text: "prints the layers of a network". */
  readonly description: string;
  /** The text for the value that was given. @throws RangeError for a value that it does not know, in words */
  text(value: string): string;
}

/** How an experiment puts a custom network to the test. */
export interface CustomNetworkUse<Name extends string = string> {
  /** The parameter that names the network under test. */
  readonly parameter: Name;
  /** Why a network cannot be put to this test, as a sentence; null where it can. Without it every network can. */
  needs?(architecture: Architecture): string | null;
  /** Parameters that make no sense of a single network, and the values they then have: `{ otherDepths: [] }`. */
  readonly fixed?: Readonly<Partial<Record<Name, ParameterValue>>>;
  /**
   * The same of a network whose weights are given, besides: `{ steps: 0, otherSteps: [] }`. Its cells are then those alone
   * whose `trains` asks for that network. Left out by an experiment that is about training: it refuses given weights.
   */
  readonly given?: Readonly<Partial<Record<Name, ParameterValue>>>;
}

/** Any experiment, as the harness handles it: rows and settings are tables to it, whatever their columns. */
export type AnyExperiment = ExperimentDefinition<ParameterDeclarations, Setting, Row>;

/** What a cell may ask of the harness while it is measured. */
export interface CellRun {
  /** The run's data set, read once a worker. */
  data(): Promise<Dataset>;
  /** Throws where the experiment declares no data set. */
  readonly dataName: DatasetName;
  /**
   * The trained network of a plan, with loss and accuracy on its way: taken from the model store, resumed from its last
   * checkpoint, or trained now and stored. The caller disposes the network.
   */
  trained(plan: TrainingPlan): Promise<Trained>;
  /** Tells the person at the screen how far this cell is. */
  progress(report: Progress): void;
  /**
   * Aborted when the run is to stop. Long work looks at it after every step (`signal.throwIfAborted()`): what it throws
   * then is taken for an interruption, not for a failure. It must let the event loop turn to see it change.
   */
  readonly signal: AbortSignal;
}

/** How far a cell is. */
export interface Progress {
  /** "training resnet32", "deleting blocks". */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Figures of the moment: "loss 0.31, accuracy 91.2 %, 1,830 images/s". */
  readonly note?: string;
}

/** A cell in words, its seed last: "network resnet20, seed 1". */
export function cellName({ seed, ...setting }: Setting): string {
  return [...Object.entries(setting).map(([name, value]) => `${name} ${value}`), `seed ${seed}`].join(", ");
}
