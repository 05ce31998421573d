import { DegenerateSample } from "./degenerate-sample";

/**
 * Where a curve, going from its first point to its last with straight lines between, first rises above a level.
 *
 * @param curve points in the order in which they are passed; x may rise or fall
 * @param level the curve must rise above it: a curve that only touches it does not cross
 * @returns the place x, or null when it never does; the first point's own x when it lies above already
 * @throws RangeError for a curve without points, or values that are not finite
 * @example firstCrossing([{ x: 0, y: 0 }, { x: 1, y: 10 }], 5) // 0.5
 */
export function firstCrossing(
  curve: readonly { readonly x: number; readonly y: number }[],
  level: number,
): number | null {
  if (curve.length === 0) throw new DegenerateSample("a curve needs at least one point");
  for (const value of [level, ...curve.flatMap(({ x, y }) => [x, y])]) {
    if (!Number.isFinite(value)) throw new DegenerateSample(`a curve and its level need finite values, got ${value}`);
  }
  const above = curve.findIndex(({ y }) => y > level);
  if (above <= 0) return above === 0 ? curve[0]!.x : null;
  const [before, after] = [curve[above - 1]!, curve[above]!];
  return before.x + ((after.x - before.x) * (level - before.y)) / (after.y - before.y);
}
