/**
 * A residual network's output, taken apart: x_N = x_0 + Σ F_t(x_t).
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2, eq. 4.
 */
import { type Mode, type Network, runBlock } from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";

/** How far the sum of the terms is from the activations at one border. */
export interface TermSum {
  /** Blocks run, 1 to N. */
  readonly blocks: number;
  /** Largest difference of a value, over the largest value. */
  readonly relativeDifference: number;
}

/**
 * Sets the sum of x_0 and of all branches so far against the activations after each block.
 *
 * A shortcut that changes the shape is linear and is applied to each term by itself. The terms are added in double
 * precision, so that the sum does not repeat the additions of the network.
 *
 * @param x input of the first block, `[batch, height, width, channels]`; it stays the caller's
 * @throws RangeError where a block has no shortcut, or something follows its addition: then its output is no sum
 */
export function outputTermSums(network: Network, x: Tensor4D, mode: Exclude<Mode, "training">): TermSum[] {
  for (const { name, shortcut, join } of network.architecture.blocks) {
    if (shortcut === null || join.length > 0) {
      throw new RangeError(`${name} is no sum: it needs a shortcut, and nothing after the addition`);
    }
  }
  return tf.tidy(() => {
    let terms = [x];
    let activations = x;
    return network.architecture.blocks.map((_, block) => {
      const branch = runBlock(network, { block, branch: "residual" }, activations, mode);
      activations = runBlock(network, { block, branch: "both" }, activations, mode);
      terms = [...terms.map((term) => runBlock(network, { block, branch: "skip" }, term, mode)), branch];
      return { blocks: block + 1, relativeDifference: relativeDifference(terms, activations) };
    });
  });
}

function relativeDifference(terms: readonly Tensor4D[], output: Tensor4D): number {
  const sum = new Float64Array(output.size);
  for (const term of terms) {
    term.dataSync().forEach((value, i) => {
      sum[i]! += value;
    });
  }
  const values = output.dataSync();
  let difference = 0;
  let largest = 0;
  values.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(sum[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}
