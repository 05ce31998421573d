/** Maps of verdicts: what runs over a grid of parameters found on a claim, and where its verdict turns. */
import { listed } from "../../base";
import type { Claim, Verdict } from "../../claims";
import { type Interval, quantity } from "../../statistics";
import { html } from "../html";
import { claimsColumns } from "./claims-csv";
import type { Column, CsvRow } from "./columns";
import type { PageTable } from "./table";
import { effectText, effectTexts, verdictMarks } from "./verdicts";

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
  /** In the claim's unit; null where the run's rows cannot tell it. */
  readonly effect: Interval | null;
  readonly verdict: Verdict;
  /** For what it was shown: networks, data and length of training; empty where it is not known. */
  readonly range: string;
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

/** "steps = 6,400, width = 16". */
export function placeText(parameters: readonly VariedParameter[], values: MapPoint["values"]): string {
  return parameters.map(({ name }) => `${name} = ${valueText(values[name]!)}`).join(", ");
}

/** A value for people: whole numbers with thousands grouped, other numbers with all their digits, a list in brackets: "(20, 32)". */
function valueText(value: MapValue): string {
  if (typeof value === "string" && value.includes(",")) return `(${value.split(",").join(", ")})`;
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e9
    ? quantity(value)
    : String(value);
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
 * @example whereItTurns(map) // ["with 5,000 images: reproduced from 1,600 mini-batches on; not reproduced at 400",
 *   //  "with 50,000 images: not reproduced at any value tried, 400 and 1,600 mini-batches"]
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
  // A unit says which parameter is meant where no other has it.
  const named = (axis: MapAxis): Varied =>
    axes.some((other) => other !== axis && other.unit === axis.unit) ? { name: axis.name, unit: "" } : axis;
  const lines = new Map<string, Record<string, MapValue>[]>();
  for (const place of places) {
    const line = turnsAlong(
      named(along),
      along.values.map((value) => [value, pointAt(map, { ...place, [along.name]: value })?.verdict ?? null] as const),
    );
    lines.set(line, [...(lines.get(line) ?? []), place]);
  }
  const [other, ...more] = others.map(named);
  if (other === undefined) return [...lines.keys()];
  const where = (found: readonly Record<string, MapValue>[]) => {
    const values = listed(found.map((place) => valueText(place[other.name]!)));
    return other.unit === "" ? `${other.name} = ${values}` : `with ${values} ${other.unit}`;
  };
  return [...lines].flatMap(([line, found]) =>
    more.length === 0 ? [`${where(found)}: ${line}`] : found.map((place) => `${placeText(others, place)}: ${line}`),
  );
}

/** Of a parameter's value: the verdict there, or null where it was not run. */
export type TurnPoint = readonly [value: MapValue, verdict: Verdict | null];

/** A parameter as a sentence names it: by its unit, "400 mini-batches", or where that is empty by its name, "steps = 400". */
type Varied = Pick<VariedParameter, "name" | "unit">;

/** Verdicts that say neither yes nor no: one between two equal verdicts is no change. */
const undecided: readonly (Verdict | null)[] = [null, "inconclusive", "not testable here"];

/**
 * Where the verdict turns along one parameter, in words that give the verdict at every value tried: "from 400 on" speaks of those
 * alone. Verdicts that change back are called "not monotone"; an undecided or missing one between two equal ones is no change.
 *
 * @param points numbers ascending, or categories in their order
 * @example turnsAlong({ name: "steps", unit: "mini-batches" }, [[100, "not reproduced"], [400, "reproduced"], [1600, "reproduced"]])
 * // "reproduced from 400 mini-batches on; not reproduced at 100"
 */
export function turnsAlong({ name, unit }: Varied, points: readonly TurnPoint[]): string {
  const numeric = points.every(([value]) => typeof value === "number");
  const runs = stretches(points);
  const judged = stretches(points.filter(([, verdict]) => !undecided.includes(verdict)));
  const monotone = new Set(judged.map(({ verdict }) => verdict)).size === judged.length;
  const at = (index: number) => valueText(points[index]![0]);
  if (numeric && runs.length === 1 && points.length > 1) {
    const ends = [at(0), at(points.length - 1)].join(points.length === 2 ? " and " : " to ");
    const tried = unit === "" ? `${name} = ${ends}` : `${ends} ${unit}`;
    return `${throughout(runs[0]!.verdict, ["every value tried", "any value tried"])}, ${tried}`;
  }
  // The first place names the parameter, or says its unit; the others are understood.
  let isFirst = true;
  const first = (before: string, value: string, after: string) => {
    const [label, counted] = !isFirst ? ["", ""] : unit === "" ? [`${name} = `, ""] : ["", ` ${unit}`];
    isFirst = false;
    return `${before}${label}${value}${counted}${after}`;
  };
  const range = ({ from, to }: Stretch): string => {
    if (from === to) return first("at ", at(from), "");
    if (monotone && from === 0) return first("up to ", at(to), "");
    if (monotone && to === points.length - 1) return first("from ", at(from), " on");
    return first("from ", `${at(from)} to ${at(to)}`, "");
  };
  const verdicts = new Set<Verdict | null>(["reproduced", ...runs.map(({ verdict }) => verdict)]);
  const clauses = [...verdicts].flatMap((verdict) => {
    const own = runs.filter((run) => run.verdict === verdict);
    if (own.length === 0) return [];
    const places = numeric
      ? listed(own.map(range))
      : first(
          "with ",
          listed(own.flatMap(({ from, to }) => points.slice(from, to + 1).map((_, i) => at(from + i)))),
          "",
        );
    return `${words(verdict)} ${places}`;
  });
  const sentence = clauses.join("; ");
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

/** Verdicts that read otherwise within a sentence. */
const verdictWords: Readonly<Partial<Record<Verdict, string>>> = {
  partly: "partly reproduced",
  "not testable here": "not testable",
};

/** "reproduced at every value tried", "not reproduced at any value tried". */
function throughout(verdict: Verdict | null, [every, any]: readonly [string, string]): string {
  return `${words(verdict)} at ${verdict === "not reproduced" ? any : every}`;
}

function words(verdict: Verdict | null): string {
  return verdict === null ? "not run" : (verdictWords[verdict] ?? verdict);
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
      "range",
    ],
    rows: inOrder(map, axes).map(({ values, effect, verdict, range }) => {
      const { estimate, interval } = effectTexts(effect);
      return [
        ...axes.map(({ name, numeric }) => (numeric ? Number(values[name]) : String(values[name]))),
        effect === null ? effectText(effect) : { text: estimate, sort: effect.estimate },
        effect === null ? "" : { text: interval ?? "", sort: effect.low },
        effect?.count ?? 0,
        { text: verdict, shown: html`${verdictMarks[verdict]} ${verdict}` },
        range,
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

const fixedColumns: readonly string[] = ["claim", "verdict", "effect", "ci_low", "ci_high", "unit", "seeds", "range"];
const prefix = "varied_";

function parameterOf(column: string): string {
  return column.startsWith(prefix) ? column.slice(prefix.length) : column;
}

/** The points of all maps as a table in long format. @throws RangeError as `mapAxes` */
export function mapRows(maps: readonly VerdictMap[]): CsvRow[] {
  return maps.flatMap((map) =>
    inOrder(map, mapAxes(map)).map(({ values, verdict, effect, range }) => ({
      claim: map.claim.id,
      ...Object.fromEntries(map.parameters.map(({ name }) => [columnOf(name), values[name]!])),
      verdict,
      effect: effect?.estimate ?? null,
      ci_low: effect?.low ?? null,
      ci_high: effect?.high ?? null,
      unit: map.claim.unit,
      seeds: effect?.count ?? 0,
      range,
    })),
  );
}

/**
 * The maps whose points a table holds, as `mapRows` gave them: in the order of the claims, without the thresholds of their rules.
 *
 * @param columns those of `mapColumns`
 * @param claims those that may be judged
 * @param confidence of the effects' intervals, of which the table says nothing
 * @throws RangeError for a claim that is not among these, and for a column or field that no map has
 */
export function mapsOf(
  rows: readonly CsvRow[],
  columns: readonly Column[],
  { claims, confidence }: { readonly claims: readonly VerdictMap["claim"][]; readonly confidence: number },
): VerdictMap[] {
  const required = fixedColumns.filter((name) => name !== "range"); // which maps of older versions have not
  const missing = required.find((wanted) => !columns.some(({ name }) => name === wanted));
  if (missing !== undefined) throw new RangeError(`it has no column "${missing}"`);
  const varied = columns.filter(({ name }) => !fixedColumns.includes(name));
  const parameters = varied.map(({ name, unit }) => ({ name: parameterOf(name), unit }));
  const stray = rows.find(({ claim }) => !claims.some(({ id }) => id === claim));
  if (stray !== undefined) throw new RangeError(`there is no claim ${stray.claim}`);
  return claims.flatMap((claim) => {
    const points = rows.filter((row) => row.claim === claim.id).map((row) => pointOf(row, varied, confidence));
    return points.length === 0 ? [] : [{ claim, parameters, points }];
  });
}

function pointOf(row: CsvRow, varied: readonly Column[], confidence: number): MapPoint {
  const { verdict, effect: estimate, ci_low: low, ci_high: high, seeds: count } = row;
  if (typeof verdict !== "string" || !Object.hasOwn(verdictMarks, verdict))
    throw new RangeError(`there is no verdict "${verdict}"`);
  const values = varied.map(({ name }): [string, MapValue] => {
    const value = row[name];
    if (value === null || value === undefined) throw new RangeError(`column ${name}: a value is missing`);
    return [parameterOf(name), value];
  });
  const numbers = [estimate, low, high, count].filter((field) => typeof field === "number");
  if (numbers.length !== 4 && estimate !== null) throw new RangeError("an effect has not all of its numbers");
  return {
    values: Object.fromEntries(values),
    effect:
      estimate === null
        ? null
        : { estimate: Number(estimate), low: Number(low), high: Number(high), count: Number(count), confidence },
    verdict: verdict as Verdict,
    range: typeof row.range === "string" ? row.range : "",
  };
}

/** The values of varied parameters at a point of a grid, as they are typed: { steps: "100" }. */
type TypedPoint = Readonly<Record<string, string>>;

/**
 * The columns of `pointRows`.
 *
 * @param maps which share their parameters
 * @param columns of the rows of one point
 */
export function pointColumns([first]: readonly Pick<VerdictMap, "parameters">[], columns: readonly Column[]): Column[] {
  const description = "varied parameter, as on the command line";
  const varied = first?.parameters ?? [];
  return [
    ...varied.map(({ name }): Column => ({ name: `${prefix}${name}`, type: "string", unit: "", description })),
    ...columns,
  ];
}

/** What the maps were judged on: the rows at all points of the grid in one table, behind the values of their point. */
export function pointRows(
  points: readonly { readonly point: TypedPoint; readonly rows: readonly CsvRow[] }[],
): CsvRow[] {
  return points.flatMap(({ point, rows }) => {
    const varied = Object.fromEntries(Object.entries(point).map(([name, value]) => [`${prefix}${name}`, value]));
    return rows.map((row) => ({ ...varied, ...row }));
  });
}

/** The rows at one point of a table that `pointRows` made, as they were before. */
export function rowsAt(point: TypedPoint, rows: readonly CsvRow[]): CsvRow[] {
  const varied = Object.entries(point).map(([name, value]) => [`${prefix}${name}`, value] as const);
  return rows
    .filter((row) => varied.every(([column, value]) => row[column] === value))
    .map((row) => Object.fromEntries(Object.entries(row).slice(varied.length)));
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
