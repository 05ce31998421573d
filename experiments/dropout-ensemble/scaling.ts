/**
 * A network that was trained with random parts left out, run whole and scaled, against the mean prediction of its parts: how B1 and
 * D5 are judged, and what is drawn of them.
 */
import { plural } from "../../src/base";
import type { ClaimId } from "../../src/claims";
import { type FigureOf, type Judged, judge, type Rows } from "../../src/experiment";
import { type Interval, largest, mean, quantity, type Seeded, smallest } from "../../src/statistics";

/** Largest difference of errors (points) at which the two agree; largest one that is rounding, where scaling is exact. */
const [agreement, rounding] = [0.5, 1e-5];

/**
 * The rule of both claims.
 *
 * @param rise test error of the mean prediction less the scaled network's, in points
 * @param exact what was compared where all is linear, and the differences found there
 */
export function judgeScaling(rise: Interval, [what, differences]: [what: string, differences: number[]]): Judged {
  return judge(rise).within(-agreement, agreement).of(what, largest(differences), "").atMost(rounding);
}

/**
 * What the mean prediction of parts does to the error, in a sentence.
 *
 * @param parts "1,000 thinned networks"
 * @param whole errors (%) of the scaled network
 * @param rises one a seed, in points
 */
export function scalingText(parts: string, whole: readonly number[], rises: readonly number[], exact: string): string {
  return (
    `The mean prediction of ${parts} in place of the scaled network's: test error ${quantity(mean(whole), "%")} → ` +
    `${quantity(mean(whole) + mean(rises), "%")} (differences of ${quantity(smallest(rises))} to ` +
    `${quantity(largest(rises), "points")} in ${plural(rises.length, "network")}); ${exact}.`
  );
}

/** What the mean prediction of a number of parts differs in from the scaled network's. */
interface MeanRow extends Seeded {
  readonly rise_points: number | null;
  readonly divergence_nats: number | null;
}

/**
 * Error and divergence over the number of parts.
 *
 * @param parts the column that holds their number, which is what they are called
 * @param said of the errors
 */
export function scalingFigures<R extends MeanRow>(
  claim: ClaimId,
  parts: keyof R & ("masks" | "routes"),
  rows: Rows<R>,
  said: Pick<FigureOf<R>, "caption" | "numbers"> = {},
): FigureOf<R>[] {
  const byParts: Pick<FigureOf<R>, "claims" | "x" | "series"> = {
    claims: [claim],
    x: { column: parts, label: `random ${parts}, k`, scale: "log" },
    series: [{ name: `mean of k ${parts}`, rows }],
  };
  return [
    {
      id: `error-by-${parts}`,
      title: `Error of the mean prediction over random ${parts}, less that of the scaled network`,
      ...said,
      ...byParts,
      y: { column: "rise_points", label: "difference of test errors (points)" },
      references: [agreement, -agreement].map((y) => ({ y, label: `threshold of ${claim}` })),
    },
    {
      id: `divergence-by-${parts}`,
      title: `How far the scaled network's prediction is from the mean over random ${parts}`,
      caption: "Where the line is flat, what is left is not sampling noise: what is not linear has another mean.",
      ...byParts,
      y: { column: "divergence_nats", label: "divergence (nats)" },
    },
  ];
}
