/**
 * Borders of the cells of a heat map along an axis of numbers: half way between neighbours as the axis draws them, so by
 * their geometric mean on a logarithmic one. The outer cells reach as far outward as inward.
 *
 * @param places ascending; positive where the axis is logarithmic
 * @returns one more border than there are places, ascending
 * @example cellEdges([1, 2, 4]) // [0.5, 1.5, 3, 5]
 */
export function cellEdges(places: readonly number[], scale: "linear" | "log" = "linear"): number[] {
  if (places.length === 0) return [];
  const drawn = scale === "log" ? places.map(Math.log10) : places;
  const count = drawn.length;
  const between = drawn.slice(1).map((place, i) => (place + drawn[i]!) / 2);
  const reach = (place: number, border: number | undefined) => (border === undefined ? 0.5 : Math.abs(place - border));
  const edges = [
    drawn[0]! - reach(drawn[0]!, between[0]),
    ...between,
    drawn[count - 1]! + reach(drawn[count - 1]!, between[count - 2]),
  ];
  return scale === "log" ? edges.map((edge) => 10 ** edge) : edges;
}
