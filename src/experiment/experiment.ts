/**
 * The experiment contract: what a file in experiments/ declares, read top to bottom like the method paragraph of a paper, and what
 * the harness handles it as. Nothing of how it is run.
 */
import * as registry from "../claims";
import type { DatasetName, ImageShape } from "../data";
import { type Architecture, multiplyAccumulates } from "../networks";
import type { Figure, FirstLook } from "../report";
import type { TrainingPlan } from "../training";
import { type Columns, type ColumnValue, checkRow, type Row, seedColumn } from "./columns";
import { drawable, type FigureOf } from "./figures";
import type { Judged } from "./judge";
import type { ParameterDeclarations, ParameterValue, ParameterValues, ValuesByScale } from "./parameters";
import { type RangeData, rangeOf, trainingOf } from "./range";
import { ifTold, type Rows, rowsOf } from "./rows";
import { type CellRun, type Measuring, measureCell, type Setting } from "./study";
import { type Departure, hasGivenWeights } from "./training-parameters";

/** What `measure` yields: the columns that it measured. The harness adds the cell, and null for the others. */
export type MeasuredRow<C extends Columns, Cell> = {
  readonly [Name in Exclude<keyof C, keyof Cell>]?: ColumnValue<C[Name]> | null;
};

/** A row as verdicts and figures see it: the cell that it belongs to, and every column. */
export type RowOf<C extends Columns, Cell> = Cell & {
  readonly [Name in Exclude<keyof C, keyof Cell>]: ColumnValue<C[Name]> | null;
};

/** Values of some parameters: the grid over which verdicts are mapped. */
export type ParameterGrid<P extends ParameterDeclarations> = {
  readonly [Name in keyof P]?: readonly ParameterValues<P>[Name][];
};

/** What an experiment declares. Write the members in this order: the types of later ones follow from earlier ones. */
export interface Declaration<
  P extends ParameterDeclarations,
  C extends Columns,
  Cell extends Setting,
  Id extends registry.Claim["id"] = registry.ClaimId,
> {
  readonly title: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  /** Paper, section and figure that state it. */
  readonly source: string;
  /** Data sets that it can run on, the first by default; all when left out. Empty where it makes its own data. */
  readonly datasets?: readonly DatasetName[];
  /** Every number that steers it, with its values at each scale. */
  readonly parameters: P;
  /** The grid on which its claims turn, mapped where `--vary` names none; a run without `--vary` leaves it out. */
  readonly variations?: ValuesByScale<ParameterGrid<NoInfer<P>>>;
  /** The columns of its rows, those of its cells first; `seed` goes without saying. */
  readonly columns: C;
  /** What the report's snippets for pandas and R compute from its rows, to begin with. */
  readonly firstLook?: FirstLook<Extract<keyof NoInfer<C>, string>>;
  /** The independent units of work, in the order in which they should run: all cells of the first seed first. */
  cells(parameters: ParameterValues<P>): readonly Cell[];
  /**
   * The plan of the network that a cell is measured on; null for a cell without one. Cells with equal plans, of any
   * experiment, share one training.
   *
   * @param images size of the data set's own images
   */
  network?(cell: Cell, parameters: ParameterValues<P>, images: ImageShape): TrainingPlan | null;
  /** Measures one cell, in a worker process. */
  measure(
    run: Measuring,
    cell: Cell,
    parameters: ParameterValues<P>,
  ): Promise<readonly MeasuredRow<C, Cell>[]> | readonly MeasuredRow<C, Cell>[];
  /**
   * How rows judge each claim; null where these rows cannot speak about it (a control that was left out). Where a statistic
   * is not defined on them (`DegenerateSample`), the claim cannot be told, and the verdict says why.
   */
  readonly claims: {
    readonly [Known in Id]?: (rows: Rows<RowOf<C, Cell>>, parameters: ParameterValues<P>) => Judged | null;
  };
  /**
   * What the preconditions of its claims come to on these rows: one number a seed and network that is compared. One that is left out,
   * null or without a number cannot be told, and leaves a claim that asks for it "not testable here".
   */
  readonly states?: {
    readonly [Name in registry.PreconditionName]?: (
      rows: Rows<RowOf<C, Cell>>,
      parameters: ParameterValues<P>,
      claim: Id,
    ) => readonly number[] | readonly registry.State[] | null;
  };
  /**
   * What was found on a claim, in a sentence: what was changed, from what to what, over how many networks, with the extremes that a
   * median hides. The effect with its interval where it is left out.
   */
  readonly sentences?: {
    readonly [Known in Id]?: (rows: Rows<RowOf<C, Cell>>, parameters: ParameterValues<P>) => string;
  };
  figures(rows: Rows<RowOf<C, Cell>>, parameters: ParameterValues<P>): readonly (FigureOf<RowOf<C, Cell>> | Figure)[];
  /** In what a run differs from the source's protocol. */
  departures(parameters: ParameterValues<P>): readonly Departure[];
  /** How a custom network (`--network FILE`) takes the place of the one that a parameter names. */
  readonly customNetwork?: {
    readonly parameter: Extract<keyof P, string>;
    /** Why a network cannot be put to this test, as a sentence; null where it can. */
    needs?(architecture: Architecture): string | null;
    /** Whether its weights may be given, too: not where the experiment is about training. */
    readonly withWeights?: boolean;
    /**
     * Whether all that it does with a network is to evaluate routes: then one that only runs forward serves, of an ONNX file. Else why
     * it does not, as a clause: "it differentiates the loss".
     */
    readonly byRoutes?: true | string;
  };
  /** Options of its own that print something and measure nothing. */
  readonly actions?: readonly ExperimentAction[];
}

/** An experiment as the harness handles it: its settings and rows are tables, whatever their columns. */
export interface Experiment<P extends ParameterDeclarations = ParameterDeclarations> {
  /** File stem: "block-deletion". Names the results folder and the report. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly source: string;
  readonly claims: readonly registry.Claim[];
  /** The data sets it can run on, the first by default; all when left out. Empty where it makes its own data. */
  readonly datasets?: readonly DatasetName[];
  readonly parameters: P;
  readonly variations?: ValuesByScale<ParameterGrid<P>>;
  /** Of its rows, in the order of the table; `seed` comes first. */
  readonly columns: Columns;
  readonly firstLook?: FirstLook;
  cells(parameters: ParameterValues<P>): Setting[];
  /** The plan of the network that a cell asks for; null for a cell without one. */
  network?(cell: Setting, parameters: ParameterValues<P>, images: ImageShape): TrainingPlan | null;
  /**
   * Cost of a cell in multiply-accumulates, without the training of its network: weighs progress and estimates of time. Null for a
   * cell without a network, whose cost is known once cells like it have been measured.
   */
  work(cell: Setting, parameters: ParameterValues<P>): number | null;
  /**
   * Does one cell's work in a worker process. The harness adds the cell's setting to every row.
   *
   * @throws TypeError or RangeError for a row that its columns do not allow
   */
  measure(cell: Setting, parameters: ParameterValues<P>, run: CellRun): Promise<Row[]>;
  /** Judges every claim on the rows so far: all of them, or those of the first seeds (an interim verdict). */
  verdicts(
    rows: readonly (Setting & Row)[],
    parameters: ParameterValues<P>,
    data?: RangeData | null,
  ): registry.Judgement[];
  figures(rows: readonly (Setting & Row)[], parameters: ParameterValues<P>): Figure[];
  departures(parameters: ParameterValues<P>): string[];
  /** Those that can be told in two values, in few words: "400 mini-batches (source: 64,000)". */
  contrasts(parameters: ParameterValues<P>): string[];
  readonly customNetwork?: CustomNetworkUse<Extract<keyof P, string>>;
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
   * whose `network` is that network. Left out by an experiment that is about training: it refuses given weights.
   */
  readonly given?: Readonly<Partial<Record<Name, ParameterValue>>>;
  /** Whether a network serves that only runs forward, by routes: one of an ONNX file; else why it does not, as a clause. */
  readonly byRoutes?: true | string;
}

/** Images that a cell is taken to evaluate, in the estimate of its time, where nothing is known of it yet. */
const evaluatedImages = 40_000;
/** Those for each test image, by a network whose weights are given: through half of it for every one of some eighty routes. */
const evaluationsPerImage = 40;

function imagesEvaluated(parameters: Readonly<Record<string, ParameterValue>>): number {
  const { testImages } = parameters;
  return hasGivenWeights(parameters) && typeof testImages === "number"
    ? Math.min(evaluatedImages, evaluationsPerImage * testImages)
    : evaluatedImages;
}

/** Sides of the images of the smallest data set: near enough to weigh one cell against another. */
const digit: ImageShape = { height: 28, width: 28, channels: 1 };

/**
 * Declares an experiment: the default export of a file in experiments/. Where that file is the program, its command line
 * starts once it is loaded (`src/cli/start-experiment.cjs`); imported, it is only data.
 *
 * @param name the file's stem: "block-deletion"
 * @param claims those that it may judge, by their identifiers: the registry by default, or a project's own
 */
export function experiment<
  P extends ParameterDeclarations,
  const C extends Columns,
  Cell extends Setting,
  const Known extends registry.Claim = (typeof registry.claims)[number],
>(
  name: string,
  declared: Declaration<P, C, Cell, Known["id"]>,
  claims: readonly Known[] = registry.claims as readonly registry.Claim[] as readonly Known[],
): Experiment<P> {
  type Params = ParameterValues<P>;
  const columns: Columns = { seed: seedColumn, ...declared.columns };
  const ids = Object.keys(declared.claims) as Known["id"][];
  const judged = ids.map((id) => claimAmong(claims, id));
  const { title, question, source, datasets, parameters, variations, firstLook, network, customNetwork, actions } =
    declared;
  const definition = {
    name,
    title,
    question,
    source,
    claims: judged,
    ...(datasets === undefined ? {} : { datasets }),
    parameters,
    ...(variations === undefined ? {} : { variations }),
    cells: (params: Params) => [...declared.cells(params)],
    ...(network === undefined ? {} : { network }),
    work(cell: Cell, params: Params) {
      const plan = network?.(cell, params, digit) ?? null;
      return plan === null
        ? null
        : multiplyAccumulates(plan.architecture) * imagesEvaluated(params as Readonly<Record<string, ParameterValue>>);
    },
    async measure(cell: Cell, params: Params, run: CellRun): Promise<Row[]> {
      const rows = await measureCell(declared, cell, params, run);
      const measured = Object.keys(declared.columns).filter((column) => !(column in cell));
      return rows.map((row, index) => {
        checkRow({ ...cell, ...row }, columns, `row ${index + 1}`);
        const values = row as Readonly<Record<string, Row[string] | undefined>>;
        return Object.fromEntries(measured.map((column) => [column, values[column] ?? null]));
      });
    },
    verdicts(found: readonly RowOf<C, Cell>[], params: Params, data: RangeData | null = null) {
      const rows = rowsOf(found);
      const set = params as Readonly<Record<string, ParameterValue>>;
      return judged.map((claim): registry.Judgement => {
        const id = claim.id as Known["id"];
        const judgement = judgedOn(claim, () => declared.claims[id]?.(rows, params) ?? null);
        const { sentence, range } = judgement;
        const told = declared.sentences?.[id];
        return registry.underPreconditions(
          {
            ...judgement,
            sentence: ifTold(
              () => told?.(rows, params) ?? sentence,
              () => sentence,
            ),
            range: rangeOf(set, data) || range,
          },
          Object.fromEntries(
            (claim.preconditions ?? []).map((name) => {
              const state = ifTold(() => declared.states?.[name]?.(rows, params, id) ?? null);
              return [name, statesOf(state ?? [])];
            }),
          ),
          trainingOf(set),
        );
      });
    },
    figures: (rows: readonly RowOf<C, Cell>[], params: Params) =>
      declared.figures(rowsOf(rows), params).map((figure) => drawable(figure, columns)),
    departures: (params: Params) =>
      declared.departures(params).map((one) => (typeof one === "string" ? one : one.sentence)),
    contrasts: (params: Params) =>
      declared
        .departures(params)
        .flatMap((one) =>
          typeof one === "string" ? [] : [one.source === undefined ? one.here : `${one.here} (source: ${one.source})`],
        ),
    columns,
    ...(firstLook === undefined ? {} : { firstLook }),
    ...(customNetwork === undefined ? {} : { customNetwork: customNetworkUse(customNetwork) }),
    ...(actions === undefined ? {} : { actions }),
  };
  return definition as unknown as Experiment<P>;
}

/** A claim judged by its rule alone. */
function judgedOn(claim: registry.Claim, judge: () => Judged | null): registry.Judgement {
  const without = "no row speaks about it";
  return ifTold(
    () => judge()?.verdict(claim) ?? registry.cannotTell(claim, without),
    (why) => registry.cannotTell(claim, why), // such as a control that was not trained beside given weights
  );
}

function statesOf(found: readonly number[] | readonly registry.State[]): readonly registry.State[] {
  return found.map((one): registry.State => (typeof one === "number" ? { values: [one] } : one));
}

function claimAmong(claims: readonly registry.Claim[], id: string): registry.Claim {
  const found = claims.find((claim) => claim.id === id);
  if (found === undefined) throw new RangeError(`there is no claim ${id}: put it into the registry of src/claims`);
  return found;
}

function customNetworkUse({
  parameter,
  needs,
  withWeights = false,
  byRoutes,
}: NonNullable<Declaration<ParameterDeclarations, Columns, Setting>["customNetwork"]>) {
  return {
    parameter,
    ...(needs === undefined ? {} : { needs }),
    ...(withWeights ? { given: { steps: 0 } } : {}),
    ...(byRoutes === undefined ? {} : { byRoutes }),
  };
}
