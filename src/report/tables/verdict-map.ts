/** Maps of verdicts: what runs over a grid of parameters found on a claim, and where its verdict turns. */
import type { Claim, Verdict } from "../../claims";
import type { Interval } from "../../statistics";
import { html } from "../html";
import { claimsColumns } from "./claims-csv";
import type { Column, CsvRow } from "./columns";
import type { PageTable } from "./table";
import { effectTexts, verdictMarks } from "./verdicts";

/** The verdicts on one claim over a grid of one or more parameters. */
export interface VerdictMap {
  readonly claim: Pick<Claim, "id" | "effectName" | "unit">;
  /** In the order in which they are plotted: x axis, y axis, then one figure for each value of the others. */
  readonly parameters: readonly VariedParameter[];
  /** In any order; points of the grid may be missing. */
  readonly points: readonly MapPoint[];
  /** The rule's threshold for the effect, in the claim's unit, where there is one. */
  readonly threshold?: number;
}

interface VariedParameter {
  /** As on the command line: "steps". */
  readonly name: string;
  /** Empty where it has none. */
  readonly unit: string;
}

/** A value of a varied parameter; lists come as text. */
export type MapValue = number | string | boolean;

/** What the run with these parameters found. */
export interface MapPoint {
  /** By name of the parameter. */
  readonly values: Readonly<Record<string, MapValue>>;
  /** In the claim's unit. */
  readonly effect: Interval;
  readonly verdict: Verdict;
}

/** The values of a varied parameter along an axis. */
export interface MapAxis extends VariedParameter {
  /** Distinct: numbers ascending, others in the order of the points. */
  readonly values: readonly MapValue[];
  readonly numeric: boolean;
}

/**
 * The axes of a map, in the order of its parameters.
 *
 * @throws RangeError for a map without parameters or points, for a point without a value of each parameter, and for two points
 * at the same values
 */
export function mapAxes({ claim, parameters, points }: VerdictMap): MapAxis[] {
  const refuse = (what: string) => new RangeError(`the map of claim ${claim.id}: ${what}`);
  if (parameters.length === 0 || points.length === 0) throw refuse("need at least one parameter and one point");
  const places = new Set<string>();
  for (const { values } of points) {
    const missing = parameters.find(({ name }) => values[name] === undefined);
    if (missing !== undefined) throw refuse(`a point has no value of "${missing.name}"`);
    const place = JSON.stringify(parameters.map(({ name }) => values[name]));
    if (places.has(place)) throw refuse(`two points at ${placeText(parameters, values)}`);
    places.add(place);
  }
  return parameters.map(({ name, unit }) => {
    const values = [...new Set(points.map((point) => point.values[name]!))];
    const numeric = values.every((value) => typeof value === "number");
    return { name, unit, values: numeric ? values.sort((one, other) => Number(one) - Number(other)) : values, numeric };
  });
}

/** Every choice of one value for each axis, the last axis varying fastest; one empty choice without axes. */
export function mapPlaces(axes: readonly MapAxis[]): Record<string, MapValue>[] {
  return axes.reduce<Record<string, MapValue>[]>(
    (places, { name, values }) => places.flatMap((place) => values.map((value) => ({ ...place, [name]: value }))),
    [{}],
  );
}

/** The point of a map that has all of these values. */
export function pointAt({ points }: VerdictMap, values: MapPoint["values"]): MapPoint | undefined {
  return points.find((point) => Object.entries(values).every(([name, value]) => point.values[name] === value));
}

/** "steps = 400, width = 16". */
export function placeText(parameters: readonly VariedParameter[], values: MapPoint["values"]): string {
  return parameters.map(({ name }) => `${name} = ${values[name]}`).join(", ");
}

/** Anchor of a map on its page. */
export function mapAnchor({ claim }: VerdictMap): string {
  return `map-of-${claim.id}`;
}

/** "steps (mini-batches)". */
export function withUnit(name: string, unit: string): string {
  return unit === "" ? name : `${name} (${unit})`;
}

/**
 * Where the verdict turns, in words: along the first numeric parameter, one line for each combination of the others. A map with
 * one verdict throughout has a single line.
 *
 * @example whereItTurns(map) // ["reproduced from steps = 400 on; not reproduced at 100"]
 * @throws RangeError as `mapAxes`
 */
export function whereItTurns(map: VerdictMap): string[] {
  const axes = mapAxes(map);
  const along = axes.find(({ numeric }) => numeric) ?? axes[0]!;
  const others = axes.filter((axis) => axis !== along);
  const places = mapPlaces(others);
  const verdicts = new Set(map.points.map(({ verdict }) => verdict));
  if (others.length > 0 && verdicts.size === 1 && map.points.length === places.length * along.values.length)
    return [
      throughout(map.points[0]!.verdict, [`all ${map.points.length} points`, `any of the ${map.points.length} points`]),
    ];
  const lines = new Map<string, Record<string, MapValue>[]>();
  for (const place of places) {
    const line = turnsAlong(
      along.name,
      along.values.map((value) => [value, pointAt(map, { ...place, [along.name]: value })?.verdict ?? null] as const),
    );
    lines.set(line, [...(lines.get(line) ?? []), place]);
  }
  if (others.length === 0) return [...lines.keys()];
  return [...lines].flatMap(([line, found]) =>
    others.length === 1
      ? [`${others[0]!.name} = ${listed(found.map((place) => String(place[others[0]!.name])))}: ${line}`]
      : found.map((place) => `${placeText(others, place)}: ${line}`),
  );
}

/** Of a parameter's value: the verdict there, or null where it was not run. */
export type TurnPoint = readonly [value: MapValue, verdict: Verdict | null];

/**
 * Where the verdict turns along one parameter, in words that give the verdict at every value tried: "from 400 on" speaks of those
 * alone. Verdicts that change back are called "not monotone"; an inconclusive or missing one between two equal ones is no change.
 *
 * @param points numbers ascending, or categories in their order
 * @example turnsAlong("steps", [[100, "not reproduced"], [400, "reproduced"], [1600, "reproduced"]])
 * // "reproduced from steps = 400 on; not reproduced at 100"
 */
export function turnsAlong(name: string, points: readonly TurnPoint[]): string {
  const numeric = points.every(([value]) => typeof value === "number");
  const runs = stretches(points);
  const judged = stretches(points.filter(([, verdict]) => verdict !== null && verdict !== "inconclusive"));
  const monotone = new Set(judged.map(({ verdict }) => verdict)).size === judged.length;
  if (numeric && runs.length === 1 && points.length > 1) {
    const ends = [points[0]![0], points[points.length - 1]![0]].join(points.length === 2 ? " and " : " to ");
    return `${throughout(runs[0]!.verdict, ["every value tried", "any value tried"])}, ${name} = ${ends}`;
  }
  const range = ({ from, to }: Stretch): string => {
    const [first, last] = [points[from]![0], points[to]![0]];
    if (from === to) return `at ${first}`;
    if (monotone && from === 0) return `up to ${last}`;
    if (monotone && to === points.length - 1) return `from ${first} on`;
    return `from ${first} to ${last}`;
  };
  const verdicts = new Set<Verdict | null>(["reproduced", ...runs.map(({ verdict }) => verdict)]);
  const clauses = [...verdicts].flatMap((verdict) => {
    const own = runs.filter((run) => run.verdict === verdict);
    if (own.length === 0) return [];
    const places = numeric
      ? listed(own.map(range))
      : `with ${listed(own.flatMap(({ from, to }) => points.slice(from, to + 1).map(([value]) => String(value))))}`;
    return `${words(verdict)} ${places}`;
  });
  const sentence = clauses.join("; ").replace(/\b(at|up to|from|with) /, `$1 ${name} = `);
  return numeric && !monotone ? `not monotone: ${sentence}` : sentence;
}

interface Stretch {
  readonly verdict: Verdict | null;
  /** Indices of its first and its last point. */
  readonly from: number;
  readonly to: number;
}

/** Neighbouring points of one verdict. */
function stretches(points: readonly TurnPoint[]): Stretch[] {
  const found: { verdict: Verdict | null; from: number; to: number }[] = [];
  points.forEach(([, verdict], i) => {
    const last = found[found.length - 1];
    if (last?.verdict === verdict) last.to = i;
    else found.push({ verdict, from: i, to: i });
  });
  return found;
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  reproduced: "reproduced",
  partly: "partly reproduced",
  "not reproduced": "not reproduced",
  inconclusive: "inconclusive",
};

/** "reproduced at every value tried", "not reproduced at any value tried". */
function throughout(verdict: Verdict | null, [every, any]: readonly [string, string]): string {
  return `${words(verdict)} at ${verdict === "not reproduced" ? any : every}`;
}

function words(verdict: Verdict | null): string {
  return verdict === null ? "not run" : verdictWords[verdict];
}

/** "a, b and c". */
function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
}

/** "Map of verdicts: claim E1 over steps and width". */
export function mapTitle(map: VerdictMap): string {
  return `Map of verdicts: claim ${map.claim.id} over ${variedNames(map)}`;
}

/** "steps and width". */
export function variedNames({ parameters }: VerdictMap): string {
  return listed(parameters.map(({ name }) => name));
}

/** Every point of a map: its values, effect, interval and verdict. @throws RangeError as `mapAxes` */
export function mapTable(map: VerdictMap): PageTable {
  const { claim } = map;
  const axes = mapAxes(map);
  return {
    id: `table-map-${claim.id}`,
    caption: mapTitle(map),
    headings: [
      ...axes.map(({ name, unit }) => withUnit(name, unit)),
      withUnit(claim.effectName, claim.unit),
      "interval",
      "seeds",
      "verdict",
    ],
    rows: inOrder(map, axes).map(({ values, effect, verdict }) => {
      const { estimate, interval } = effectTexts(effect);
      return [
        ...axes.map(({ name, numeric }) => (numeric ? Number(values[name]) : String(values[name]))),
        { text: estimate, sort: effect.estimate },
        { text: interval ?? "", sort: effect.low },
        effect.count,
        { text: verdict, shown: html`${verdictMarks[verdict]} ${verdict}` },
      ];
    }),
  };
}

/** The columns of `mapRows`: one for each varied parameter, the others as in claims.csv. The maps share their parameters. */
export function mapColumns(maps: readonly VerdictMap[]): Column[] {
  const [first] = maps;
  if (first === undefined) return [];
  const [claim, ...found] = fixedColumns.map((wanted) => claimsColumns.find(({ name }) => name === wanted)!);
  const varied = first.parameters.map(({ name, unit }): Column => {
    const type = valueType(maps.flatMap(({ points }) => points.map(({ values }) => values[name]!)));
    return { name: columnOf(name), type, unit, description: "varied parameter" };
  });
  return [claim!, ...varied, ...found];
}

/** The column of a varied parameter: its name, told apart where a column of every map has it, as "seeds" has. */
function columnOf(parameter: string): string {
  return fixedColumns.includes(parameter) || parameter.startsWith(prefix) ? `${prefix}${parameter}` : parameter;
}

const fixedColumns: readonly string[] = ["claim", "verdict", "effect", "ci_low", "ci_high", "unit", "seeds"];
const prefix = "varied_";

/** The points of all maps as a table in long format. @throws RangeError as `mapAxes` */
export function mapRows(maps: readonly VerdictMap[]): CsvRow[] {
  return maps.flatMap((map) =>
    inOrder(map, mapAxes(map)).map(({ values, verdict, effect }) => ({
      claim: map.claim.id,
      ...Object.fromEntries(map.parameters.map(({ name }) => [columnOf(name), values[name]!])),
      verdict,
      effect: effect.estimate,
      ci_low: effect.low,
      ci_high: effect.high,
      unit: map.claim.unit,
      seeds: effect.count,
    })),
  );
}

/** The points of a map in the order of its axes. */
function inOrder(map: VerdictMap, axes: readonly MapAxis[]): MapPoint[] {
  return mapPlaces(axes).flatMap((place) => pointAt(map, place) ?? []);
}

function valueType(values: readonly MapValue[]): Column["type"] {
  if (values.every((value) => typeof value === "boolean")) return "boolean";
  if (values.every((value) => Number.isSafeInteger(value))) return "integer";
  return values.every((value) => typeof value === "number") ? "number" : "string";
}
