/** The rows of `../effective-paths.ts`, and what they come to. */
import { plural } from "../../src/base";
import { column, type RowOf, type Rows } from "../../src/experiment";
import { mean, quantity } from "../../src/statistics";

/** The two trainings that are compared. */
export const trainings = ["all blocks", "few blocks"] as const;

export const columns = {
  training: column.oneOf("blocks that a mini-batch trains", trainings),
  measurement: column.oneOf("what is measured", ["test error", "training error", "training loss"]),
  branches: column.oneOf("residual branches at test time", ["unscaled", "scaled"]),
  error_percent: column.number("top-1 error of the network with all its blocks, of test or training images", "%"),
  cross_entropy_nats: column.number("mean cross-entropy, of test or training images, or of mini-batches", "nats"),
  images: column.whole("test or training images"),
  step: column.whole("training", "mini-batches"),
  blocks_run: column.number("blocks whose residual branch ran, mean over the mini-batches"),
};
export type Row = RowOf<typeof columns, { seed: number; training: (typeof trainings)[number] }>;

/** Each seed's error after training few blocks, less that after training all (points). */
export function differences(rows: Rows<Row>, branches: "scaled" | "unscaled"): number[] {
  const tests = rows.where({ measurement: "test error" });
  return tests
    .where({ training: "few blocks", branches })
    .lessPerSeed(tests.where({ training: "all blocks" }), "error_percent");
}

/** What was found on E9, in a sentence: the errors after both trainings. */
export function trainedPathsText(rows: Rows<Row>, { residual, fewBlocks, steps }: Trained): string {
  const tests = rows.where({ measurement: "test error" });
  const few = tests.where({ training: "few blocks" });
  const error = (some: typeof tests) => quantity(mean(some.perSeed("error_percent")), "%");
  const found = differences(rows, "scaled");
  return (
    `Training ${fewBlocks} blocks of ${residual} at a time instead of all, for ${quantity(steps)} mini-batches: test error ` +
    `${error(tests.where({ training: "all blocks" }))} → ${error(few.where({ branches: "scaled" }))} ` +
    `(mean of ${plural(found.length, "pair")} of networks), ${error(few.where({ branches: "unscaled" }))} with unscaled branches.`
  );
}

interface Trained {
  readonly residual: string;
  readonly fewBlocks: number;
  readonly steps: number;
}
