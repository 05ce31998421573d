/** The rows of `../path-lengths.ts`. */
import { column, type RowOf, type Rows } from "../../src/experiment";

export const columns = {
  network: column.text("architecture, with its depth in layers"),
  path_length: column.whole("length of the path", "residual branches"),
  paths: column.whole("number of paths of that length"),
  samples: column.whole("paths of that length along which the gradient was sent back"),
  gradient_norm: column.number("Euclidean norm of the mean loss's gradient by the images, mean over the paths"),
  geometric_mean_norm: column.number("geometric mean of the same norms"),
  test_error_percent: column.number("top-1 test error of the network with all its blocks", "%"),
};
export type Row = RowOf<typeof columns, { readonly seed: number; readonly network: string }>;

/** For each seed the number of path lengths, from `least` on, with a gradient that is not zero. */
export function withGradient(rows: Rows<Row>, least: number): number[] {
  return rows
    .bySeed()
    .map(
      (own) => own.rows.filter(({ path_length, gradient_norm }) => path_length! >= least && gradient_norm! > 0).length,
    );
}
