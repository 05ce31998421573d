/**
 * Thrown where a statistic is not defined on a sample: no value, too few, all equal, none above zero, not finite. The data are
 * at fault, not the caller: a claim that rests on it cannot be told, and the message says why, without a full stop.
 */
export class DegenerateSample extends RangeError {
  override readonly name = "DegenerateSample";
}
