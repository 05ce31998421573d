/**
 * A run over a grid of its parameters: `--vary steps=100,400 --vary trainingImages=1000,50000`. Each point of the grid is a run of
 * its own, with cells in the store as ever, so what points share is measured once; their verdicts make a map for each claim.
 */
import { plural, type Terminal } from "../base";
import type { Judgement } from "../claims";
import {
  type Experiment,
  type GridPoint,
  gridPoints,
  type ParameterDeclaration,
  type ParameterValue,
  pointText,
  type Variations,
} from "../experiment";
import type { MapValue, VerdictMap } from "../report";
import type { Launcher } from "./launcher";
import { judgeResults, writeResults } from "./results";
import { carryOut, type PreparedRun, prepareRun, type RunOutcome } from "./run";
import { type FoundData, planRun, type RunOptions } from "./run-plan";

/** What a varied run is made from. */
export interface VariedRun {
  readonly definition: Experiment;
  readonly experimentFile: string;
  readonly options: RunOptions;
  readonly variations: Variations;
  readonly launcher: Launcher;
  readonly screen: Terminal;
  findData(): Promise<FoundData>;
}

/** The runs at all points of the grid, planned but not begun. @throws UsageError for a value that a parameter does not take */
export async function planPoints(varied: VariedRun): Promise<{ point: GridPoint; run: PreparedRun }[]> {
  const planned = [];
  for (const point of gridPoints(varied.variations)) planned.push({ point, run: await preparePoint(varied, point) });
  return planned;
}

async function preparePoint(varied: VariedRun, point: GridPoint): Promise<PreparedRun> {
  const { definition, experimentFile, options, launcher, screen, findData } = varied;
  const { vary: _, ...others } = options;
  const overrides = { ...options.overrides, ...point };
  const plan = await planRun(definition, experimentFile, { ...others, overrides }, findData);
  return prepareRun(plan, launcher, screen);
}

/**
 * Measures and judges the run at every point of the grid, then the run itself, whose report shows the maps.
 *
 * @param whole says of the whole what is left, given the place of the point and the seconds left of it
 * @returns how the run itself ended; where a point was interrupted or a cell of it failed, how that ended
 */
export async function carryOutVaried(
  varied: VariedRun,
  itself: PreparedRun,
  whole: (point: number, secondsLeft: number) => string,
): Promise<RunOutcome> {
  const { screen, variations } = varied;
  const points = gridPoints(variations);
  const found: { point: GridPoint; run: PreparedRun; judgements: readonly Judgement[] }[] = [];
  for (const [index, point] of points.entries()) {
    const run = await preparePoint(varied, point); // only now: what earlier points measured is in the store
    screen.say(`point ${index + 1} of ${points.length}: ${pointText(point)}, ${plural(run.toDo.length, "cell")} to do`);
    const outcome = await carryOut(run, { whole: (seconds) => whole(index, seconds), conclude: judgeResults });
    if (outcome.interrupted || outcome.failures > 0) return outcome;
    found.push({ point, run, judgements: outcome.results?.judgements ?? [] });
  }
  const { plan } = itself;
  const again = prepareRun(await replanned(varied, plan.options), itself.launcher, screen);
  const maps = verdictMaps(variations, plan.definition, found);
  return carryOut(again, { conclude: (parts) => writeResults({ ...parts, maps }) });
}

function replanned({ definition, experimentFile, findData }: VariedRun, options: RunOptions) {
  return planRun(definition, experimentFile, options, findData);
}

/** The map of each claim that was judged at any point, in the experiment's order. */
function verdictMaps(
  variations: Variations,
  { claims, parameters }: Experiment,
  points: readonly {
    readonly point: GridPoint;
    readonly run: PreparedRun;
    readonly judgements: readonly Judgement[];
  }[],
): VerdictMap[] {
  const names = Object.keys(variations);
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = parameters;
  const varied = names.map((name) => ({ name, unit: declared[name]?.unit ?? "" }));
  return claims.flatMap((claim) => {
    const judged = points.flatMap(({ run, judgements }) => {
      const judgement = judgements.find((one) => one.claim.id === claim.id);
      if (judgement === undefined || judgement.effect === null) return [];
      const values: Readonly<Record<string, ParameterValue>> = run.plan.parameters.values;
      const place = names.map((name): [string, MapValue] => [name, mapValue(values[name] ?? "")]);
      return [{ values: Object.fromEntries(place), effect: judgement.effect, verdict: judgement.verdict }];
    });
    return judged.length === 0 ? [] : [{ claim, parameters: varied, points: judged }];
  });
}

/** Seeds count by their number; another list is shown as it is typed. */
function mapValue(value: ParameterValue): MapValue {
  return typeof value === "object" ? value.join(",") : value;
}
