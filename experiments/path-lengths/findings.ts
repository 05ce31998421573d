/** What the rows of `../path-lengths.ts` come to: the judgement on E7, and what was found in a sentence. */
import { plural } from "../../src/base";
import { type Judged, judge, type Rows } from "../../src/experiment";
import { largest, mean, quantity, smallest } from "../../src/statistics";
import { decay, type Spread, spread } from "./gradient-by-length";
import type { Row } from "./rows";

/** E7: the gradient falls with the path's length, in every seed along a line of its logarithm. */
export function judgeDecay(rows: Rows<Row>): Judged {
  const decays = rows.bySeed().map((own) => decay(own.rows));
  return judge(decays.map(({ slope }) => slope))
    .below(0)
    .of("least R² of a seed's fit", smallest(decays.map(({ rSquared }) => rSquared)), "")
    .atLeast(0.9);
}

/** How the gradient changes with every branch more on its way. */
export function decayText(rows: Rows<Row>, { residual }: { readonly residual: string }): string {
  const slopes = rows.bySeed().map((own) => decay(own.rows).slope);
  const times = slopes.map((slope) => 10 ** slope);
  return (
    `With every residual branch more on a path of ${residual} the gradient is ${quantity(mean(times))} times as large ` +
    `(${quantity(smallest(times))} to ${quantity(largest(times))} in ${plural(slopes.length, "network")} of ` +
    `${largest(rows.numbers("path_length"))} blocks).`
  );
}

/** Which paths carry the gradient. */
export function spreadText(rows: Rows<Row>): string {
  const spreads = rows.bySeed().map((own) => spread(own.rows));
  const over = (of: (one: Spread) => number) => quantity(mean(spreads.map(of)));
  return (
    `95 % of the gradient lies on paths of ${over(({ from }) => from)} to ${over(({ to }) => to)} of ` +
    `${largest(rows.numbers("path_length"))} blocks, which are ${over(({ pathsPercent }) => pathsPercent)} % of all paths; most on ` +
    `those of ${over(({ peak }) => peak)} (means of ${plural(spreads.length, "network")}).`
  );
}
