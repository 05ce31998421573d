import { requireFinite } from "./averages";
import { DegenerateSample } from "./degenerate-sample";

/** Places from the first to the last, both included. */
interface MassInterval {
  readonly from: number;
  readonly to: number;
}

/**
 * The central interval that holds a share of a mass: it begins and ends at the first places up to which (1 - share) / 2 of
 * the mass lies, and 1 less that. Equal tails, as SciPy's `interval` of a discrete distribution.
 *
 * @param masses mass at places 0, 1, ...; at least 0 each, with a sum above 0; they need not sum to 1
 * @param share of the mass, in (0, 1); no less than that lies within
 * @throws DegenerateSample for masses that sum to 0 or are not finite; RangeError for other values
 * @example massInterval(binomialProbabilities(54, 0.5), 0.95) // from 20 to 34
 */
export function massInterval(masses: readonly number[], share: number): MassInterval {
  requireFinite(masses, "an interval of a mass");
  const negative = masses.find((mass) => mass < 0);
  if (negative !== undefined) throw new RangeError(`a mass cannot be below 0, got ${negative}`);
  if (!(share > 0 && share < 1)) throw new RangeError(`need a share in (0, 1), got ${share}`);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (!(total > 0)) throw new DegenerateSample("need a mass above 0 in all");

  const tail = (1 - share) / 2;
  const placeOf = (part: number) => {
    let reached = 0;
    const place = masses.findIndex((mass) => {
      reached += mass;
      return reached >= part * total;
    });
    return place < 0 ? masses.length - 1 : place; // rounding may leave the last sum short of the whole
  };
  return { from: placeOf(tail), to: placeOf(1 - tail) };
}
