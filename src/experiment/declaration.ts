/**
 * The experiment contract: what a file in experiments/ declares, read top to bottom like the method paragraph of a paper, and
 * nothing of how it is run.
 */
import { type ClaimId, claimOf } from "../claims";
import type { DatasetName, ImageShape } from "../data";
import { type Architecture, multiplyAccumulates } from "../networks";

import type { Figure } from "../report";
import type { TrainingPlan } from "../training";
import { type Columns, type ColumnValue, checkRow, seedColumn } from "./columns";
import type { AnyExperiment, CellRun, ExperimentAction, ExperimentDefinition, Row, Setting } from "./experiment";
import { drawable, type FigureOf } from "./figures";
import type { Judged } from "./judge";
import type { ParameterDeclarations, ParameterValues } from "./parameters";
import { NothingMeasured, type Rows, rowsOf } from "./rows";
import { type Measuring, measureCell } from "./study";

/** What `measure` yields: the columns that it measured. The harness adds the cell, and null for the others. */
export type MeasuredRow<C extends Columns, Cell> = {
  readonly [Name in Exclude<keyof C, keyof Cell>]?: ColumnValue<C[Name]> | null;
};

/** A row as verdicts and figures see it: the cell that it belongs to, and every column. */
export type RowOf<C extends Columns, Cell> = Cell & {
  readonly [Name in Exclude<keyof C, keyof Cell>]: ColumnValue<C[Name]> | null;
};

/** What an experiment declares. Write the members in this order: the types of later ones follow from earlier ones. */
export interface Declaration<P extends ParameterDeclarations, C extends Columns, Cell extends Setting> {
  readonly title: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  /** Paper, section and figure that state it. */
  readonly source: string;
  /** Data sets that it can run on, the first by default; all when left out. Empty where it makes its own data. */
  readonly datasets?: readonly DatasetName[];
  /** Every number that steers it, with its values at each scale. */
  readonly parameters: P;
  /** The columns of its rows, those of its cells first; `seed` goes without saying. */
  readonly columns: C;
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
  /** How rows judge each claim; null where these rows cannot speak about it (a control that was left out). */
  readonly claims: {
    readonly [Id in ClaimId]?: (rows: Rows<RowOf<C, Cell>>, parameters: ParameterValues<P>) => Judged | null;
  };
  figures(rows: Rows<RowOf<C, Cell>>, parameters: ParameterValues<P>): readonly (FigureOf<RowOf<C, Cell>> | Figure)[];
  /** In what a run differs from the source's protocol, one sentence each. */
  departures(parameters: ParameterValues<P>): readonly string[];
  /** How a custom network (`--network FILE`) takes the place of the one that a parameter names. */
  readonly customNetwork?: {
    readonly parameter: Extract<keyof P, string>;
    /** Why a network cannot be put to this test, as a sentence; null where it can. */
    needs?(architecture: Architecture): string | null;
    /** Whether its weights may be given, too: not where the experiment is about training. */
    readonly withWeights?: boolean;
  };
  /** Options of its own that print something and measure nothing. */
  readonly actions?: readonly ExperimentAction[];
}

/** An experiment as the harness handles it, with its declaration's columns. */
export type DeclaredExperiment<P extends ParameterDeclarations = ParameterDeclarations> = Omit<
  AnyExperiment,
  "parameters" | "cells"
> & {
  readonly parameters: P;
  cells(parameters: ParameterValues<P>): Setting[];
  readonly declaredColumns: Columns;
};

/** Images that a cell is taken to evaluate, in the estimate of its time, where nothing is known of it yet. */
const evaluatedImages = 40_000;
/** The same of a cell without a network, in multiply-accumulates. */
const unknownWork = 5e10;
/** Sides of the images of the smallest data set: near enough to weigh one cell against another. */
const digit: ImageShape = { height: 28, width: 28, channels: 1 };

/**
 * Declares an experiment: the default export of a file in experiments/. Where that file is the program, its command line
 * starts once it is loaded (`src/cli/start-experiment.cjs`); imported, it is only data.
 */
export function experiment<P extends ParameterDeclarations, const C extends Columns, Cell extends Setting>(
  name: string,
  declaration: Declaration<P, C, Cell>,
): DeclaredExperiment<P>;
export function experiment<Declared extends ParameterDeclarations, Cell extends Setting, Measured extends Row>(
  definition: ExperimentDefinition<Declared, Cell, Measured>,
): ExperimentDefinition<Declared, Cell, Measured>;
export function experiment(first: string | object, declaration?: object): object {
  if (typeof first !== "string") return first;
  return declare(first, declaration as Declaration<ParameterDeclarations, Columns, Setting>);
}

/**
 * Makes an experiment of its declaration: the default export of a file in experiments/.
 *
 * @param name the file's stem: "block-deletion"
 */
export function declare<P extends ParameterDeclarations, const C extends Columns, Cell extends Setting>(
  name: string,
  declared: Declaration<P, C, Cell>,
): DeclaredExperiment<P> {
  type Params = ParameterValues<P>;
  const columns: Columns = { seed: seedColumn, ...declared.columns };
  const ids = Object.keys(declared.claims) as ClaimId[];
  const { title, question, source, datasets, parameters, network, customNetwork, actions } = declared;
  const definition = {
    name,
    title,
    question,
    source,
    claims: ids.map(claimOf),
    ...(datasets === undefined ? {} : { datasets }),
    parameters,
    cells: (params: Params) => [...declared.cells(params)],
    ...(network === undefined ? {} : { trains: network }),
    work(cell: Cell, params: Params) {
      const plan = network?.(cell, params, digit) ?? null;
      return plan === null ? unknownWork : multiplyAccumulates(plan.architecture) * evaluatedImages;
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
    verdicts: (rows: readonly RowOf<C, Cell>[], params: Params) =>
      ids.flatMap((id) => {
        try {
          const judged = declared.claims[id]?.(rowsOf(rows), params) ?? null;
          return judged === null ? [] : [judged.verdict(claimOf(id))];
        } catch (error) {
          if (error instanceof NothingMeasured) return []; // such as a control that was not trained beside given weights
          throw error;
        }
      }),
    figures: (rows: readonly RowOf<C, Cell>[], params: Params) =>
      declared.figures(rowsOf(rows), params).map((figure) => drawable(figure, columns)),
    departures: (params: Params) => [...declared.departures(params)],
    columns: Object.fromEntries(Object.entries(columns).map(([column, { description }]) => [column, description])),
    declaredColumns: columns,
    ...(customNetwork === undefined ? {} : { customNetwork: customNetworkUse(customNetwork) }),
    ...(actions === undefined ? {} : { actions }),
  };
  return definition as unknown as DeclaredExperiment<P>;
}

function customNetworkUse({
  parameter,
  needs,
  withWeights = false,
}: NonNullable<Declaration<ParameterDeclarations, Columns, Setting>["customNetwork"]>) {
  return { parameter, ...(needs === undefined ? {} : { needs }), ...(withWeights ? { given: { steps: 0 } } : {}) };
}
