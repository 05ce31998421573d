/**
 * Fully connected networks with dropout.
 *
 * Source: Srivastava et al. 2014, JMLR 15:1929, sec. 6.1.1 and app. B.1: 784-1024-1024-10 and its like on MNIST.
 */
import type { Architecture, Layer } from "./architecture";
import { dense, dropout, flatten, relu } from "./layers";

export interface DenseNetworkOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Units of each hidden layer, the first first. */
  readonly hidden: readonly number[];
  /** Probability that a pixel is dropped; 0.2 in the paper. */
  readonly inputRate?: number;
  /** Probability that a hidden unit is dropped; 0.5 in the paper. */
  readonly hiddenRate?: number;
}

/**
 * Dropout of the pixels, then dense layers with ReLU, each followed by dropout, and a classifier. It has no blocks: all
 * of it is the head.
 *
 * With hidden layers of 1024 and 1024 units on 28x28x1 and 10 classes: 1,863,690 trainable parameters.
 *
 * @throws RangeError when a rate is not in [0, 1)
 */
export function buildDenseNetwork(options: DenseNetworkOptions): Architecture {
  const { inputShape, classes, hidden, inputRate = 0.2, hiddenRate = 0.5 } = options;
  for (const rate of [inputRate, hiddenRate]) {
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`a rate of dropout must be in [0, 1), got ${rate}`);
  }
  return {
    name: ["dense", ...hidden].join("-"),
    inputShape,
    classes,
    stem: [],
    blocks: [],
    head: [
      flatten,
      dropout("input/dropout", inputRate),
      ...hidden.flatMap((units, i): Layer[] => [
        dense(`hidden${i + 1}/dense`, units, 2),
        relu,
        dropout(`hidden${i + 1}/dropout`, hiddenRate),
      ]),
      dense("head/classifier", classes),
    ],
  };
}
