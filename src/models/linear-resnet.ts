/**
 * Residual networks with linear branches, in which what is said of paths holds exactly.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3, whose unrolled network sums over its paths. With ReLUs
 * in the branches it does not: F(x + y) is not F(x) + F(y), and each path depends on the others.
 */
import type { Architecture, Block } from "./architecture";
import { convolution, dense, globalAveragePool } from "./layers";

export interface LinearResNetOptions {
  /** Residual blocks, N: the network has 2^N paths. */
  readonly blocks: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Filters of every layer; 8 unless told. */
  readonly width?: number;
}

/**
 * A residual network that is linear throughout: a branch is one 3x3 convolution, shortcuts are the identity, and there is
 * no normalisation, no activation and no bias, in the head neither: every path would add the head's bias anew.
 *
 * Weights keep the variance (gain 1), so that the output's doubles with every block. Named by its layers, N + 2.
 *
 * @throws RangeError when the number of blocks is not a whole number, at least 1
 */
export function buildLinearResNet({ blocks, inputShape, classes, width = 8 }: LinearResNetOptions): Architecture {
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(`a linear residual network needs a whole number of blocks, at least 1, got ${blocks}`);
  }
  const linear = { filters: width, gain: 1 } as const;
  return {
    name: `linear-resnet${blocks + 2}`,
    inputShape,
    classes,
    stem: [convolution("stem/convolution", linear)],
    blocks: Array.from({ length: blocks }, (_, i): Block => {
      const name = `stage1/block${i + 1}`;
      return { name, residual: [convolution(`${name}/convolution`, linear)], shortcut: [], join: [] };
    }),
    head: [globalAveragePool, { ...dense("head/classifier", classes), bias: false }],
  };
}
