/** The rows of `../history.ts`, and what verdicts and figures both ask of them. */
import { column, type RowOf, type Rows, xAndY } from "../../src/experiment";
import { spearman } from "../../src/statistics";

export const problems = ["XOR", "AND", "smooth target", "noisy labels"] as const;
export type Problem = (typeof problems)[number];

export const columns = {
  problem: column.oneOf("problem; AND is the control", problems),
  hidden_units: column.whole("hidden units; a perceptron has none"),
  start: column.whole("number of the start"),
  best_accuracy: column.number("share of the four points classified correctly, the best at any step"),
  approximation_error: column.number("root mean square error between the training points"),
  training_error_percent: column.number("training error", "%"),
  test_error_percent: column.number("error on other points with labels as noisy", "%"),
  gap_points: column.number("test error less training error", "points"),
};
export type Row = RowOf<typeof columns, { readonly seed: number; readonly problem: Problem }>;

/** 100 for a start that classifies all points correctly, 0 for another: its mean is the share of starts that learn. */
export function percentCorrect({ best_accuracy }: Row): number {
  return best_accuracy === 1 ? 100 : 0;
}

/** Rank correlation of width with a column, one a seed. */
export function correlations(rows: Rows<Row>, problem: Problem, of: "approximation_error" | "gap_points"): number[] {
  return rows
    .where({ problem })
    .curves("hidden_units", of)
    .map(({ points }) => spearman(...xAndY(points)));
}
