/**
 * A plane in which the motion of features of many dimensions is seen.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** A place in the plane. */
type PlanePoint = readonly [x: number, y: number];

/**
 * The points at every time, seen in the plane where a classifier of two classes decides and the points move most.
 *
 * The first axis is the direction in which the classifier's logits part, w_1 - w_0, of length 1; the second is at right
 * angles to it, the direction of the largest variance of all points at all times, its largest entry positive. Both go through
 * the origin: the same plane at all times.
 *
 * @param features at each time, [points, width], row by row
 * @param classifier [width, classes], row by row; of more than two classes the first two are parted
 * @throws RangeError when both classes have the same weights, or a point's features are not of that width
 */
export function inFeaturePlane(
  features: readonly ArrayLike<number>[],
  classifier: ArrayLike<number>,
  classes: number,
): PlanePoint[][] {
  const width = classifier.length / classes;
  const odd = features.find(({ length }) => length % width !== 0);
  if (odd !== undefined) throw new RangeError(`need ${width} features a point, got ${odd.length} numbers in all`);
  const first = unit(Array.from({ length: width }, (_, i) => classifier[i * classes + 1]! - classifier[i * classes]!));
  const times = features.map((values) =>
    Array.from({ length: values.length / width }, (_, i) =>
      Array.from({ length: width }, (__, j) => values[i * width + j]!),
    ),
  );
  const second = largestSpread(times.flat().map((point) => without(point, first)));
  return times.map((points) => points.map((point): PlanePoint => [dot(point, first), dot(point, second)]));
}

/** Direction of the largest variance. */
function largestSpread(points: readonly (readonly number[])[]): number[] {
  const width = points[0]?.length ?? 0;
  const mean = Array.from(
    { length: width },
    (_, i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length,
  );
  const centred = new Matrix(points.map((point) => point.map((value, i) => value - mean[i]!)));
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(centred.transpose().mmul(centred), {
    assumeSymmetric: true,
  });
  const direction = eigenvectorMatrix.getColumn(realEigenvalues.indexOf(Math.max(...realEigenvalues)));
  const largest = direction.reduce((most, entry) => (Math.abs(entry) > Math.abs(most) ? entry : most), 0);
  return direction.map((entry) => entry * Math.sign(largest));
}

function without(point: readonly number[], direction: readonly number[]): number[] {
  const share = dot(point, direction);
  return point.map((value, i) => value - share * direction[i]!);
}

function unit(vector: readonly number[]): number[] {
  const length = Math.sqrt(dot(vector, vector));
  if (length === 0) throw new RangeError("both classes have the same weights: nothing parts them");
  return vector.map((value) => value / length);
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, i) => sum + value * other[i]!, 0);
}
