import type { Series } from "./figure";

/**
 * Figures of a publication, or of theory, to be set beside the run's own.
 *
 * @param name what they are and whose: "Huang et al. 2016, ResNet-110, CIFAR-10"
 * @param points places and values, in the order in which a line joins them
 */
export function publishedSeries(
  name: string,
  points: readonly (readonly [x: number | string, y: number])[],
  kind: Series["kind"] = "line",
): Series {
  return { name, kind, published: true, points: points.map(([x, y]) => ({ x, y })) };
}
