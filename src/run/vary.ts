/**
 * A run over a grid of its parameters: `--vary steps=100,400 --vary trainingImages=1000,50000`. Each point of the grid is a run of
 * its own, with cells in the store as ever, so what points share is measured once; their verdicts make a map for each claim.
 */
import { canonicalJson, plural, type Terminal } from "../base";
import type { Judgement } from "../claims";
import type { ImageSize } from "../data";
import {
  type Experiment,
  type GridPoint,
  gridPoints,
  type ParameterDeclaration,
  type ParameterValue,
  type ParameterValues,
  pointText,
  type Variations,
} from "../experiment";
import type { MapValue, VerdictMap } from "../report";
import type { CellRecord } from "../store";
import type { Launcher } from "./launcher";
import { judgeResults, type MappedGrid, writeResults } from "./results";
import { carryOut, type PreparedRun, prepareRun, type RunOutcome } from "./run";
import { cellsToMeasure, type FoundData, type PlannedCell, planRun, type RunOptions, renewed } from "./run-plan";

/** What a varied run is made from. */
export interface VariedRun {
  readonly definition: Experiment;
  readonly experimentFile: string;
  readonly options: RunOptions;
  readonly variations: Variations;
  readonly launcher: Launcher;
  readonly screen: Terminal;
  findData(images?: ImageSize): Promise<FoundData>;
}

/** A run over a grid, planned and not begun. */
export interface PlannedGrid {
  readonly variations: Variations;
  readonly points: readonly { readonly point: GridPoint; readonly run: PreparedRun }[];
  /** The run without variations, whose report shows the maps. */
  readonly itself: PreparedRun;
}

/** Plans the runs at all points of the grid, each once. @throws UsageError for a value that a parameter does not take */
export async function planGrid(varied: VariedRun): Promise<PlannedGrid> {
  const { definition, experimentFile, options, variations, launcher, screen } = varied;
  let found: Promise<FoundData> | undefined;
  const findData = (images?: ImageSize) => {
    found ??= varied.findData(images);
    return found;
  };
  const planned = async (options: RunOptions) =>
    prepareRun(await planRun(definition, experimentFile, options, findData), launcher, screen);
  const { vary: _, cellCommand: __, ...others } = options;
  const points = [];
  for (const point of gridPoints(variations))
    points.push({ point, run: await planned({ ...others, overrides: { ...options.overrides, ...point } }) });
  return { variations, points, itself: await planned(options) };
}

/** The runs of a grid in the order in which they are carried out. */
export function runsOf({ points, itself }: PlannedGrid): PreparedRun[] {
  return [...points.map(({ run }) => run), itself];
}

/**
 * The same runs with those of their cells to do that no earlier run can turn out to measure: of another setting, or measured on
 * another network. Whether two others are one is known when the first is measured, and with it what parameters it read.
 */
export function withoutShared(runs: readonly PreparedRun[]): PreparedRun[] {
  const before = new Set<string>();
  return runs.map((run) => {
    const key = ({ cell, network }: PlannedCell) => canonicalJson([cell, network?.id ?? null]);
    const toDo = run.toDo.filter((cell) => !before.has(key(cell)));
    for (const cell of run.toDo) before.add(key(cell));
    return { ...run, toDo };
  });
}

/** How a run over a grid ended. */
export interface GridOutcome extends RunOutcome {
  /** Of each claim that was judged at any point; none where the run was interrupted. */
  readonly maps: readonly VerdictMap[];
}

/**
 * Measures and judges the run at every point of the grid, then the run itself, whose report shows the maps. A cell that fails
 * keeps no point from being judged by its other seeds.
 *
 * @param whole says of the whole what is left, given the place of the point and the seconds left of it
 * @returns how the run itself ended, with the failures of all
 */
export async function carryOutGrid(
  { variations, points, itself }: PlannedGrid,
  whole: (point: number, secondsLeft: number | null) => string,
): Promise<GridOutcome> {
  const { screen, plan } = itself;
  const found: (JudgedPoint & MappedGrid["points"][number])[] = [];
  const measured: CellRecord[] = [];
  let failures = 0;
  for (const [index, { point, run: planned }] of points.entries()) {
    const run = afterOthers(planned, measured);
    screen.say(`point ${index + 1} of ${points.length}: ${pointText(point)}, ${plural(run.toDo.length, "cell")} to do`);
    const outcome = await carryOut(run, { whole: (seconds) => whole(index, seconds), conclude: judgeResults });
    if (outcome.interrupted) return { ...outcome, maps: [] };
    failures += outcome.failures;
    measured.push(...outcome.records.values());
    const { rows = [], judgements = [] } = outcome.results ?? {};
    found.push({ point, rows, values: run.plan.parameters.values, judgements });
  }
  const maps = verdictMaps(variations, plan.definition, found);
  const outcome = await carryOut(afterOthers(itself, measured), {
    conclude: (parts) => writeResults({ ...parts, grid: { points: found, maps } }),
  });
  return { ...outcome, failures: failures + outcome.failures, maps };
}

/** A planned run, now that others have been carried out. */
function afterOthers(run: PreparedRun, measured: readonly CellRecord[]): PreparedRun {
  const plan = renewed(run.plan, measured);
  const toDo = cellsToMeasure(plan);
  return { ...run, plan, toDo, placements: run.launcher.placements(toDo.length) };
}

/** The run at a point of a grid, judged. */
export interface JudgedPoint {
  readonly values: ParameterValues<Experiment["parameters"]>;
  readonly judgements: readonly Judgement[];
}

/** The map of each claim that was judged at any point, in the experiment's order. */
export function verdictMaps(
  variations: Variations,
  { claims, parameters }: Experiment,
  points: readonly JudgedPoint[],
): VerdictMap[] {
  const names = Object.keys(variations);
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = parameters;
  const varied = names.map((name) => ({ name, unit: declared[name]?.unit ?? "" }));
  return claims.flatMap((claim) => {
    const judged = points.flatMap(({ values: all, judgements }) => {
      const judgement = judgements.find((one) => one.claim.id === claim.id);
      if (judgement === undefined) return [];
      const values: Readonly<Record<string, ParameterValue>> = all;
      const place = names.map((name): [string, MapValue] => [name, mapValue(name, values[name] ?? "")]);
      const { effect, verdict, range } = judgement;
      return [{ values: Object.fromEntries(place), effect, verdict, range }];
    });
    return judged.length === 0 ? [] : [{ claim, parameters: varied, points: judged }];
  });
}

/** Seeds count by their number, a list of one by its element; another list is shown as it is typed. */
function mapValue(name: string, value: ParameterValue): MapValue {
  if (typeof value !== "object") return value;
  if (name === "seeds") return value.length;
  return value.length === 1 ? value[0]! : value.join(",");
}
