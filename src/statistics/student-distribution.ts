/** The one function that is used of jStat, which has no types. */
interface JStat {
  readonly studentt: { inv(probability: number, degreesOfFreedom: number): number };
}

const { jStat } = require("jstat") as { readonly jStat: JStat };

/**
 * The t below which a deviate of Student's distribution falls with the given probability, to about eight digits.
 *
 * @param probability in (0, 1)
 * @param degreesOfFreedom at least 1
 * @example studentQuantile(0.975, 4) // 2.7764451
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  return jStat.studentt.inv(probability, degreesOfFreedom);
}
