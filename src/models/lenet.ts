/**
 * LeNet-5, as published in 1998 and as it is taught today.
 *
 * Source: LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86:2278, sec. II.B, fig. 2 and table I.
 */
import type { Architecture, Layer } from "./architecture";
import {
  averagePool,
  channelScaling,
  channelSelection,
  concatenation,
  convolution,
  dense,
  flatten,
  scaling,
  sigmoid,
  tanh,
} from "./layers";
import { plainBlock } from "./plain-block";

export interface LeNetOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/** Table I: the maps of S2 that each of the 16 maps of C3 sees. */
const connections: readonly (readonly number[])[] = [
  ...[0, 1, 2, 3, 4, 5].map((first) => consecutive(first, 3)),
  ...[0, 1, 2, 3, 4, 5].map((first) => consecutive(first, 4)),
  [0, 1, 3, 4],
  [1, 2, 4, 5],
  [0, 2, 3, 5],
  [0, 1, 2, 3, 4, 5],
];

/**
 * The network of 1998: C3 sees some of the maps of S2, the subsampling layers have a trained coefficient and offset for
 * each map, and every layer up to F6 ends in 1.7159 tanh(2/3 a).
 *
 * For 32x32x1 and 10 classes 60,000 trained parameters up to F6: 156 + 12 + 1,516 + 32 + 48,120 + 10,164. The published
 * output layer compares F6 with 84 fixed numbers for each class (Euclidean radial basis functions), which nobody trains;
 * in its place stands a dense layer without bias, 840 weights.
 */
export function buildLeNet5({ inputShape, classes }: LeNetOptions): Architecture {
  return {
    name: "lenet5",
    inputShape,
    classes,
    stem: [],
    blocks: [
      plainBlock("c1", [convolution("c1", { ...fiveByFive, filters: 6 }), ...squash]),
      plainBlock("s2", [averagePool(), channelScaling("s2"), ...squash]),
      plainBlock("c3", [
        concatenation(
          ...connections.map((maps, i): Layer[] => [
            channelSelection(maps),
            convolution(`c3/map${i + 1}`, { ...fiveByFive, filters: 1 }),
          ]),
        ),
        ...squash,
      ]),
      plainBlock("s4", [averagePool(), channelScaling("s4"), ...squash]),
      plainBlock("c5", [convolution("c5", { ...fiveByFive, filters: 120 }), ...squash]),
    ],
    head: [flatten, dense("head/f6", 84), ...squash, { ...dense("head/classifier", classes), bias: false }],
  };
}

/**
 * The variant of today's textbooks: every map of the second convolution sees all six, pooling is not trained, sigmoids.
 *
 * Source: Zhang, Lipton, Li & Smola, Dive into Deep Learning, sec. 7.6. For 28x28x1 and 10 classes 61,706 parameters.
 */
export function buildModernLeNet5({ inputShape, classes }: LeNetOptions): Architecture {
  return {
    name: "modern-lenet5",
    inputShape,
    classes,
    stem: [],
    blocks: [
      plainBlock("stage1/block1", [convolution("stage1/block1", { ...fiveByFive, filters: 6, padding: 2 }), sigmoid]),
      plainBlock("stage1/pool", [averagePool()]),
      plainBlock("stage2/block1", [convolution("stage2/block1", { ...fiveByFive, filters: 16 }), sigmoid]),
      plainBlock("stage2/pool", [averagePool()]),
    ],
    head: [
      flatten,
      dense("head/hidden1", 120),
      sigmoid,
      dense("head/hidden2", 84),
      sigmoid,
      dense("head/classifier", classes),
    ],
  };
}

const fiveByFive = { size: 5, padding: 0, bias: true, gain: 1 } as const;

/** 1.7159 tanh(2/3 a): unit slope, and 1 at 1 (LeCun et al. 1998, appendix A). */
const squash: readonly Layer[] = [scaling(2 / 3), tanh, scaling(1.7159)];

/** Maps from `first` on, round the six of S2, in ascending order. */
function consecutive(first: number, howMany: number): number[] {
  return Array.from({ length: howMany }, (_, i) => (first + i) % 6).sort((one, other) => one - other);
}
