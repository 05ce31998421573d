import { colourlessCells } from "./colours";
import type { Axis, Figure, HeatMap, Matrix, Series } from "./figure";
import { isDrawable } from "./marks";

/**
 * Checks that a page can hold the figures.
 *
 * @throws RangeError for an id that is no anchor or is used twice, for a published series with seeds or with the name of a
 * measured one, for a matrix whose values do not match its places or whose places are not on its axes, and for overlaid lines
 * that share a name or leave the axes
 */
export function checkFigures(figures: readonly Figure[]): void {
  checkIds(figures.map(({ id }) => id));
  checkPublished(figures.flatMap(({ series = [] }) => series));
  for (const figure of figures) {
    if (!figure.matrix) continue;
    checkMatrix(figure.id, figure.matrix, figure.xAxis, figure.yAxis);
    checkLines(figure);
  }
}

function checkIds(ids: readonly string[]): void {
  ids.forEach((id, i) => {
    if (!/^[a-z][a-z0-9-]*$/.test(id)) throw new RangeError(`need a figure id like "error-by-depth", got "${id}"`);
    if (ids.indexOf(id) !== i) throw new RangeError(`two figures have the id "${id}"`);
  });
}

function checkPublished(series: readonly Series[]): void {
  const measured = new Set(series.filter(({ published }) => !published).map(({ name }) => name));
  for (const { name, published, seeds = [] } of series) {
    if (!published) continue;
    if (seeds.length > 0) throw new RangeError(`the published series "${name}" has seeds: it was not measured here`);
    if (measured.has(name)) throw new RangeError(`the series "${name}" is both published and measured`);
  }
}

function checkMatrix(id: string, matrix: Matrix, across: Axis, up: Axis): void {
  const { x, y, values, scale, middle, range } = matrix;
  const refuse = (what: string) => new RangeError(`the matrix of figure "${id}": ${what}`);
  if (values.length !== y.length || values.some((row) => row.length !== x.length))
    throw refuse(
      `need ${y.length} rows of ${x.length} values, got ${values.length} of ${values.map((row) => row.length)}`,
    );
  for (const [places, { categories, scale: axisScale, label }] of [[x, across] as const, [y, up] as const]) {
    const strange = places.find((place, i) => {
      if (categories) return !categories.includes(String(place));
      if (typeof place !== "number" || !Number.isFinite(place)) return true;
      return (i > 0 && !(place > Number(places[i - 1]))) || (axisScale === "log" && place <= 0);
    });
    if (strange !== undefined) throw refuse(`"${strange}" has no place on the axis "${label}", or is out of order`);
  }
  if (range && !(range[0] < range[1])) throw refuse(`need a range from low to high, got [${range}]`);
  if (scale === "log" && [...(range ?? []), middle ?? 1].some((value) => value <= 0))
    throw refuse("a range or middle at or below zero has no logarithm");
}

function checkLines({ id, lines = [], xAxis, yAxis }: HeatMap): void {
  const names = lines.map(({ name }) => name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new RangeError(`two lines of figure "${id}" have the name "${name}"`);
  });
  for (const { name, points } of lines) {
    const strange = points.find(({ x, y }) => !isPlace(x, xAxis) || !isPlace(y, yAxis));
    if (strange)
      throw new RangeError(`the line "${name}" of figure "${id}" has no place at (${strange.x}, ${strange.y})`);
  }
}

function isPlace(place: number | string, { categories, scale }: Axis): boolean {
  if (categories) return categories.includes(String(place));
  return typeof place === "number" && Number.isFinite(place) && (scale !== "log" || place > 0);
}

/** What a figure cannot show, and where to find it; empty where it shows everything. */
export function hiddenText(figure: Figure): string {
  const hidden = hiddenPoints(figure);
  if (hidden === 0) return "";
  const one = hidden === 1;
  return figure.matrix
    ? `${hidden} ${one ? "cell is" : "cells are"} left blank because ${one ? "its value has" : "their values have"} no ` +
        `place on the colour scale; the table lists ${one ? "it" : "them"}.`
    : `${hidden} ${one ? "point is" : "points are"} at or below zero and cannot be drawn on a logarithmic axis; the table ` +
        `lists ${one ? "it" : "them"}.`;
}

/** Points at or below zero on a logarithmic axis; cells whose value has no colour. */
function hiddenPoints(figure: Figure): number {
  if (figure.matrix) return colourlessCells(figure.matrix);
  return figure.series.flatMap(({ points }) => points).filter((point) => !isDrawable(point, figure)).length;
}
