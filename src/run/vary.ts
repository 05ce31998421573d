/**
 * A run over a grid of its parameters: `--vary steps=100,400 --vary trainingImages=1000,50000`. Each point of the grid is a run of
 * its own, with cells in the store as ever, so what points share is measured once; their verdicts make a map for each claim.
 */
import { plural, type Terminal, UsageError } from "../base";
import type { Judgement } from "../claims";
import {
  type AnyExperiment,
  cross,
  nearestParameter,
  type ParameterDeclaration,
  type ParameterValue,
} from "../experiment";
import type { MapValue, VerdictMap } from "../report";
import type { Launcher } from "./launcher";
import type { Surroundings } from "./provenance";
import { judgeResults, writeResults } from "./results";
import { carryOut, type PreparedRun, prepareRun, type RunOutcome } from "./run";
import { type FoundData, planRun, type RunOptions } from "./run-plan";

/** The values of the parameters that a run varies, as they are typed: { steps: ["100", "400"] }. */
export type Variations = Readonly<Record<string, readonly string[]>>;

/** One point of the grid, as it is typed: { steps: "100" }. */
export type GridPoint = Readonly<Record<string, string>>;

/**
 * Reads "steps=100,400". The values of a parameter that is a list of its own are told apart by semicolons:
 * "depths=8,14;20,32".
 *
 * @param assignments what was typed, one for each `--vary`
 * @throws UsageError naming what is wrong
 */
export function readVariations(assignments: readonly string[], definition: AnyExperiment): Variations {
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = definition.parameters;
  const read = assignments.map((assignment): [string, string[]] => {
    const equals = assignment.indexOf("=");
    const name = assignment.slice(0, Math.max(0, equals)).trim();
    const example = "For example: --vary steps=100,400";
    if (name === "") throw new UsageError(`--vary ${assignment}: need a parameter and its values`, example);
    if (!Object.hasOwn(declared, name))
      throw new UsageError(`--vary ${assignment}: ${nearestParameter(name, Object.keys(declared))}`);
    const text = assignment.slice(equals + 1);
    const isList = ["counts", "numbers", "choices"].includes(declared[name]!.kind) || text.includes(";");
    const values = text.split(isList ? ";" : ",").map((value) => value.trim());
    if (values.includes("")) throw new UsageError(`--vary ${assignment}: a value is empty`, example);
    if (new Set(values).size < values.length) throw new UsageError(`--vary ${assignment}: a value comes twice`);
    return [name, values];
  });
  const twice = read.find(([name], index) => read.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) throw new UsageError(`--vary ${twice[0]}: varied twice`, "Give all of its values at once.");
  return Object.fromEntries(read);
}

/** All points of the grid, the first parameter varying slowest. */
export function gridPoints(variations: Variations): GridPoint[] {
  return cross(variations);
}

/** What a varied run is made from. */
export interface VariedRun {
  readonly definition: AnyExperiment;
  readonly experimentFile: string;
  readonly options: RunOptions;
  readonly variations: Variations;
  readonly launcher: Launcher;
  readonly surroundings: Surroundings;
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
  const { definition, experimentFile, options, launcher, surroundings, screen, findData } = varied;
  const { vary: _, ...others } = options;
  const overrides = { ...options.overrides, ...point };
  const plan = await planRun(definition, experimentFile, { ...others, overrides }, findData);
  return prepareRun(plan, launcher, surroundings, screen);
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
  const again = prepareRun(await replanned(varied, plan.options), itself.launcher, itself.surroundings, screen);
  const maps = verdictMaps(variations, plan.definition, found);
  return carryOut(again, { conclude: (parts) => writeResults({ ...parts, maps }) });
}

function replanned({ definition, experimentFile, findData }: VariedRun, options: RunOptions) {
  return planRun(definition, experimentFile, options, findData);
}

/** @example pointText({ steps: "100", width: "8" }) // "steps = 100, width = 8" */
export function pointText(point: GridPoint): string {
  return Object.entries(point)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

/** The map of each claim that was judged at any point, in the experiment's order. */
function verdictMaps(
  variations: Variations,
  { claims, parameters }: AnyExperiment,
  points: readonly {
    readonly point: GridPoint;
    readonly run: PreparedRun;
    readonly judgements: readonly Judgement[];
  }[],
): VerdictMap[] {
  const names = Object.keys(variations);
  const varied = names.map((name) => ({ name, unit: parameters[name as keyof typeof parameters].unit ?? "" }));
  return claims.flatMap((claim) => {
    const judged = points.flatMap(({ run, judgements }) => {
      const judgement = judgements.find((one) => one.claim.id === claim.id);
      if (judgement === undefined) return [];
      const { values } = run.plan.parameters;
      const place = names.map((name): [string, MapValue] => [name, mapValue(values[name as keyof typeof values])]);
      return [{ values: Object.fromEntries(place), effect: judgement.effect, verdict: judgement.verdict }];
    });
    return judged.length === 0 ? [] : [{ claim, parameters: varied, points: judged }];
  });
}

/** Seeds count by their number; another list is shown as it is typed. */
function mapValue(value: ParameterValue): MapValue {
  return typeof value === "object" ? value.join(",") : value;
}
