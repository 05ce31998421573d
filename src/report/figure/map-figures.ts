import type { Verdict } from "../../claims";
import { quantity } from "../../statistics";
import {
  type MapAxis,
  type MapPoint,
  type MapValue,
  mapAxes,
  mapPlaces,
  placeText,
  pointAt,
  type VerdictMap,
  whereItTurns,
  withUnit,
} from "../tables/verdict-map";
import { verdictMarks } from "../tables/verdicts";
import { extent } from "./axis-shares";
import type { Axis, Figure, HeatMap, Point, SeriesFigure } from "./figure";

/**
 * The figures of a map of verdicts. One parameter: the effect with its interval over the parameter, marks by verdict. Two: a heat
 * map of the effect with the verdict written in each cell. More: such a heat map for each combination of the others' values,
 * all on one colour scale.
 *
 * Along a single parameter numbers lie on a numeric axis, which is logarithmic where they span more than a factor of 20. In a heat
 * map every value tried has a column or row of the same width: between two values nothing was measured.
 *
 * @throws RangeError as `mapAxes`
 */
export function mapFigures(map: VerdictMap): Figure[] {
  const [across, up, ...others] = mapAxes(map);
  if (up === undefined) return [alongOne(map, across!)];
  return mapPlaces(others).map((place, i) => overTwo(map, across!, up, { others, place, index: i }));
}

function alongOne(map: VerdictMap, axis: MapAxis): SeriesFigure {
  const { claim, threshold } = map;
  const points = axis.values.map((value) => pointAt(map, { [axis.name]: value })!);
  const verdicts = (Object.keys(verdictMarks) as Verdict[]).filter((verdict) =>
    points.some((point) => point.verdict === verdict),
  );
  const whiskers = points.find(({ effect }) => effect !== null && effect.count > 1)?.effect?.confidence;
  const untold = points.filter(({ effect }) => effect === null).map(({ values }) => values[axis.name]!);
  return {
    id: figureId(claim),
    title: `${claim.id}: ${whereItTurns(map)[0]}`,
    caption: [
      `Effect of claim ${claim.id} (${claim.effectName}) over ${axis.name}; colour and shape of a mark give the verdict.`,
      whiskers !== undefined && `Whiskers are ${quantity(100 * whiskers)} % intervals over seeds.`,
      threshold !== undefined && "Dashed: the threshold of the rule.",
      untold.length > 0 && `No mark where the effect cannot be told: ${untold.join(", ")}.`,
    ]
      .filter(Boolean)
      .join(" "),
    claims: [claim.id],
    xAxis: axisOf(axis),
    yAxis: { label: withUnit(claim.effectName, claim.unit) },
    ...(threshold === undefined
      ? {}
      : { references: [{ y: threshold, label: `threshold (${quantity(threshold, claim.unit)})` }] }),
    series: verdicts.map((verdict) => ({
      name: verdict,
      kind: "points",
      points: points.filter((point) => point.verdict === verdict).flatMap((point) => markOf(point, axis)),
    })),
  };
}

/** None where the effect cannot be told. */
function markOf({ values, effect }: MapPoint, axis: MapAxis): Point[] {
  if (effect === null) return [];
  const { estimate, low, high, count } = effect;
  return [{ x: placeOn(axis, values[axis.name]!), y: estimate, ...(count > 1 ? { low, high } : {}) }];
}

function overTwo(
  map: VerdictMap,
  across: MapAxis,
  up: MapAxis,
  slice: { readonly others: readonly MapAxis[]; readonly place: Record<string, MapValue>; readonly index: number },
): HeatMap {
  const { claim, points, threshold } = map;
  const { others, place, index } = slice;
  const cells = up.values.map((y) =>
    across.values.map((x) => pointAt(map, { ...place, [across.name]: x, [up.name]: y })),
  );
  const told = points.flatMap(({ effect }) => effect?.estimate ?? []);
  const [least, most] = extent([...told, ...(threshold === undefined ? [] : [threshold])]);
  const around = least < most ? 0 : Math.abs(least) / 2 || 0.5; // where all are equal they are in the middle of the scale
  const signs = Object.entries(verdictMarks).map(([verdict, mark]) => `${mark} ${verdict}`);
  const at = others.length === 0 ? "" : ` at ${placeText(others, place)}`;
  return {
    id: figureId(claim) + (others.length === 0 ? "" : `-${index + 1}`),
    title: `${claim.id}: verdicts over ${across.name} and ${up.name}${at}`,
    caption: [
      `Effect of claim ${claim.id} (${claim.effectName}) over ${across.name} and ${up.name}${at}, with the verdict in each ` +
        `cell: ${signs.join(", ")}.`,
      threshold !== undefined && `Colours diverge from the threshold of the rule, ${quantity(threshold, claim.unit)}.`,
    ]
      .filter(Boolean)
      .join(" "),
    claims: [claim.id],
    xAxis: categoriesOf(across),
    yAxis: categoriesOf(up),
    matrix: {
      x: across.values.map(String),
      y: up.values.map(String),
      values: cells.map((row) => row.map((point) => point?.effect?.estimate ?? null)),
      texts: cells.map((row) => row.map((point) => point && `${verdictMarks[point.verdict]} ${point.verdict}`)),
      label: withUnit(claim.effectName, claim.unit),
      ...(threshold === undefined ? {} : { colours: "diverging", middle: threshold }),
      ...(told.length > 0 ? { range: [least - around, most + around] } : {}),
    },
  };
}

function figureId({ id }: VerdictMap["claim"]): string {
  return `map-${id.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}

function categoriesOf({ name, unit, values }: MapAxis): Axis {
  return { label: withUnit(name, unit), categories: values.map(String) };
}

function axisOf(axis: MapAxis): Axis {
  const { name, unit, values, numeric } = axis;
  if (!numeric) return categoriesOf(axis);
  const label = withUnit(name, unit);
  const [least, most] = extent(values.map(Number));
  return {
    label,
    ...(least > 0 && most > 20 * least ? { scale: "log" } : {}),
    ...(values.every(Number.isInteger) ? { integers: true } : {}),
  };
}

function placeOn({ numeric }: MapAxis, value: MapValue): number | string {
  return numeric ? Number(value) : String(value);
}
