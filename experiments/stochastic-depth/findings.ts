/** What the rows of `../stochastic-depth.ts` come to: the judgement on D1, and what was found in a sentence. */
import { plural } from "../../src/base";
import { type Judged, judge, type Rows } from "../../src/experiment";
import { largest, mean, quantity, smallest, sum } from "../../src/statistics";
import { errors, type Row } from "./rows";

interface Trained {
  readonly residual: string;
  readonly lastSurvival: number;
  readonly steps: number;
}

/** Half the width of a normal distribution's 95 % interval, in standard deviations. */
const normalWidth = 1.96;

/** D1: the schedule is exact, and the mean depth as near to its expectation as that many samples allow. */
export function judgeBlocksRun(rows: Rows<Row>, { lastSurvival, steps }: Trained): Judged {
  const linear = rows.where({ schedule: "linear" });
  const blocks = linear.where({ measurement: "block" });
  const depth = linear.where({ measurement: "test error" }).interval("blocks_run");
  const count = largest(blocks.numbers("block"));
  const wrong = blocks.numbers(({ block: t, survival_probability }) =>
    Math.abs(survival_probability! - (count - t! + t! * lastSurvival) / count),
  );
  const survival = (blocks.bySeed()[0]?.rows ?? blocks).numbers("survival_probability");
  const expected = sum(survival);
  const deviation = Math.sqrt(sum(survival.map((p) => p * (1 - p))) / (depth.count * steps));
  return judge(depth)
    .of("largest difference of a survival probability from 1 - t/N (1 - p_N)", largest(wrong), "")
    .atMost(1e-12)
    .of(
      `mean depth, ${quantity(depth.estimate)}: distance from Σ p_t = ${quantity(expected)} (threshold: 95 % ` +
        "interval of the mean of so many samples, by the normal distribution)",
      Math.abs(depth.estimate - expected),
      "blocks",
    )
    .atMost(normalWidth * deviation);
}

/** How many blocks ran in a mini-batch. */
export function blocksRunText(rows: Rows<Row>, { residual }: Trained): string {
  const linear = rows.where({ schedule: "linear" });
  const ran = linear.where({ measurement: "test error" }).perSeed("blocks_run");
  const blocks = linear.where({ measurement: "block" });
  const survival = blocks.bySeed()[0]?.rows.numbers("survival_probability") ?? [];
  return (
    `Of ${survival.length} blocks of ${residual} ${quantity(mean(ran))} ran in a mini-batch, where Σ p_t is ` +
    `${quantity(sum(survival))} (mean of ${plural(ran.length, "network")}).`
  );
}

/** The test errors at constant and at stochastic depth. */
export function errorsText(rows: Rows<Row>, { residual, steps }: Trained): string {
  const [constant, linear] = [errors(rows, "constant"), errors(rows, "linear")];
  const found = linear.lessPerSeed(constant, "error_percent");
  return (
    `Training ${residual} with stochastic depth for ${quantity(steps)} mini-batches: test error ` +
    `${quantity(mean(constant.perSeed("error_percent")), "%")} → ${quantity(mean(linear.perSeed("error_percent")), "%")} ` +
    `(mean of ${plural(found.length, "pair")} of networks, whose differences go from ${quantity(smallest(found))} to ` +
    `${quantity(largest(found), "points")}).`
  );
}
