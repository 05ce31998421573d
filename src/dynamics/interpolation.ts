/**
 * Weights as functions of time: piecewise linear between knots that divide [0, 1] evenly, given by a small matrix.
 */

/**
 * The matrix that takes a function's values at its knots to its values at other places, `[places, knots]`: w = A k.
 *
 * Both divide [0, 1] evenly, ends included: place j is at j / (places - 1). Between two knots the function is linear. Each
 * row adds up to 1 and has at most two entries that are not 0; as many places as knots give the identity. The gradient by
 * the knots is the transpose times the gradient by the values.
 *
 * Layer j of N layers of an Euler method covers the times [j / N, (j + 1) / N], in which j / (N - 1) lies: weights taken
 * there leave the method consistent, and no layer asks for a time outside [0, 1].
 *
 * @param places at least 1; a single place is at 1/2
 * @param knots at least 1; a single knot makes a constant function
 * @throws RangeError when either is not a whole number >= 1
 * @example interpolationMatrix(3, 2) // [[1, 0], [0.5, 0.5], [0, 1]]
 */
export function interpolationMatrix(places: number, knots: number): number[][] {
  for (const count of [places, knots]) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`need whole numbers >= 1 of places and knots, got ${places} and ${knots}`);
    }
  }
  return Array.from({ length: places }, (_, place) => {
    const row = new Array<number>(knots).fill(0);
    // place (knots - 1) / (places - 1), divided in whole numbers first: exact at the knots
    const [over, under] = places === 1 ? [knots - 1, 2] : [place * (knots - 1), places - 1];
    const left = Math.floor(over / under);
    const share = (over - left * under) / under;
    row[left] = 1 - share;
    if (share > 0) row[left + 1] = share;
    return row;
  });
}

/**
 * The matrix L of the smoothness of a function of time given at `layers` places: w^T L w = Σ (w_{j+1} - w_j)^2, `[layers,
 * layers]`. Symmetric, positive semidefinite, 0 for constant functions alone.
 *
 * @throws RangeError when layers is not a whole number >= 1
 */
export function smoothnessMatrix(layers: number): number[][] {
  if (!Number.isInteger(layers) || layers < 1)
    throw new RangeError(`need a whole number >= 1 of layers, got ${layers}`);
  return Array.from({ length: layers }, (_, row) =>
    Array.from({ length: layers }, (__, column) => {
      if (row === column) return (row > 0 ? 1 : 0) + (row < layers - 1 ? 1 : 0);
      return Math.abs(row - column) === 1 ? -1 : 0;
    }),
  );
}
