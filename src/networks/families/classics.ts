/**
 * Networks without skips and without normalisation: LeNet-5, AlexNet, Network in Network, and fully connected networks with
 * dropout.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import {
  averagePool,
  type BuilderOptions,
  type ConvolutionOptions,
  channelRange,
  channelScaling,
  channelSelection,
  concatenation,
  convolution,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  localResponseNormalisation,
  maxPool,
  plainBlock,
  relu,
  scaling,
  sigmoid,
  tanh,
} from "./layers";

/**
 * LeNet-5 of 1998: C3 sees some of the maps of S2, the subsampling layers have a trained coefficient and offset for
 * each map, and every layer up to F6 ends in 1.7159 tanh(2/3 a).
 *
 * Source: LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86:2278, sec. II.B, fig. 2 and table I.
 *
 * For 32x32x1 and 10 classes 60,000 trained parameters up to F6: 156 + 12 + 1,516 + 32 + 48,120 + 10,164. The published
 * output layer compares F6 with 84 fixed numbers for each class (Euclidean radial basis functions), which nobody trains;
 * in its place stands a dense layer without bias, 840 weights.
 */
export function buildLeNet5({ inputShape, classes }: BuilderOptions): Architecture {
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
 * LeNet-5 of today's textbooks: every map of the second convolution sees all six, pooling is not trained, sigmoids.
 *
 * Source: Zhang, Lipton, Li & Smola, Dive into Deep Learning, sec. 7.6. For 28x28x1 and 10 classes 61,706 parameters.
 */
export function buildModernLeNet5({ inputShape, classes }: BuilderOptions): Architecture {
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

/** Table I: the maps of S2 that each of the 16 maps of C3 sees. */
const connections: readonly (readonly number[])[] = [
  ...[0, 1, 2, 3, 4, 5].map((first) => consecutive(first, 3)),
  ...[0, 1, 2, 3, 4, 5].map((first) => consecutive(first, 4)),
  [0, 1, 3, 4],
  [1, 2, 4, 5],
  [0, 2, 3, 5],
  [0, 1, 2, 3, 4, 5],
];

/** Maps from `first` on, cyclically among the six of S2, in ascending order. */
function consecutive(first: number, howMany: number): number[] {
  return Array.from({ length: howMany }, (_, i) => (first + i) % 6).sort((one, other) => one - other);
}

const fiveByFive = { size: 5, padding: 0, bias: true, gain: 1 } as const;

/** 1.7159 tanh(2/3 a): unit slope, and 1 at 1 (LeCun et al. 1998, appendix A). */
const squash: readonly Layer[] = [scaling(2 / 3), tanh, scaling(1.7159)];

/**
 * AlexNet of 2012: the second, fourth and fifth convolution in two groups, each of which sees half of the channels;
 * local response normalisation after the first two.
 *
 * Source: Krizhevsky, Sutskever & Hinton 2012, NIPS 25, sec. 3.5 and fig. 2.
 *
 * For 227x227x3 (the 224 of the text do not give the 55x55 of the figure) and 1000 classes 60,965,224 parameters.
 */
export function buildAlexNet({ inputShape, classes }: BuilderOptions): Architecture {
  return {
    name: "alexnet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      plainBlock("stage1/block1", [
        convolution("stage1/block1", { filters: 96, size: 11, stride: 4, padding: 0, bias: true }),
        relu,
        localResponseNormalisation,
      ]),
      plainBlock("stage1/pool", [maxPool(3, 2)]),
      plainBlock("stage2/block1", [
        twoGroups("stage2/block1", 96, { filters: 256, size: 5 }),
        relu,
        localResponseNormalisation,
      ]),
      plainBlock("stage2/pool", [maxPool(3, 2)]),
      plainBlock("stage3/block1", [convolution("stage3/block1", { filters: 384, bias: true }), relu]),
      plainBlock("stage3/block2", [twoGroups("stage3/block2", 384, { filters: 384 }), relu]),
      plainBlock("stage3/block3", [twoGroups("stage3/block3", 384, { filters: 256 }), relu]),
      plainBlock("stage3/pool", [maxPool(3, 2)]),
    ],
    head: [
      flatten,
      dense("head/hidden1", 4096, 2),
      relu,
      dropout("head/dropout1", 0.5),
      dense("head/hidden2", 4096, 2),
      relu,
      dropout("head/dropout2", 0.5),
      dense("head/classifier", classes),
    ],
  };
}

/**
 * AlexNet in one tower, as torchvision has it. For 224x224x3 and 1000 classes 61,100,840 parameters.
 *
 * Source: Krizhevsky 2014, arXiv:1404.5997.
 */
export function buildOneTowerAlexNet({ inputShape, classes }: BuilderOptions): Architecture {
  return {
    name: "one-tower-alexnet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unitBlock("stage1/block1", { filters: 64, size: 11, stride: 4, padding: 2 }),
      plainBlock("stage1/pool", [maxPool(3, 2)]),
      unitBlock("stage2/block1", { filters: 192, size: 5 }),
      plainBlock("stage2/pool", [maxPool(3, 2)]),
      unitBlock("stage3/block1", { filters: 384 }),
      unitBlock("stage3/block2", { filters: 256 }),
      unitBlock("stage3/block3", { filters: 256 }),
      plainBlock("stage3/pool", [maxPool(3, 2)]),
    ],
    head: [
      flatten,
      dropout("head/dropout1", 0.5),
      dense("head/hidden1", 4096, 2),
      relu,
      dropout("head/dropout2", 0.5),
      dense("head/hidden2", 4096, 2),
      relu,
      dense("head/classifier", classes),
    ],
  };
}

/** A convolution whose halves see one half of the `channels` each. */
function twoGroups(name: string, channels: number, options: ConvolutionOptions): Layer {
  const half = { ...options, filters: options.filters / 2, bias: true };
  return concatenation(
    [channelRange(0, channels / 2), convolution(`${name}/group1`, half)],
    [channelRange(channels / 2, channels), convolution(`${name}/group2`, half)],
  );
}

/**
 * Network in Network for small images: 1x1 convolutions after each larger one, global average pooling in place of dense
 * layers. For 32x32x3 966,986 parameters with 10 classes, 984,356 with 100.
 *
 * Source: Lin, Chen & Yan 2013, arXiv:1312.4400, fig. 2; widths of the authors' Caffe models, here and for ImageNet.
 *
 * Pooling is padded so that sides are rounded up, as Caffe does: 32, 16, 8.
 */
export function buildCifarNetworkInNetwork({ inputShape, classes }: BuilderOptions): Architecture {
  return {
    name: "nin-cifar",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unitBlock("stage1/block1", { filters: 192, size: 5 }),
      unitBlock("stage1/block2", { filters: 160, size: 1 }),
      unitBlock("stage1/block3", { filters: 96, size: 1 }),
      plainBlock("stage1/pool", [maxPool(3, 2, "same"), dropout("stage1/dropout", 0.5)]),
      unitBlock("stage2/block1", { filters: 192, size: 5 }),
      unitBlock("stage2/block2", { filters: 192, size: 1 }),
      unitBlock("stage2/block3", { filters: 192, size: 1 }),
      plainBlock("stage2/pool", [averagePool(3, 2, "same"), dropout("stage2/dropout", 0.5)]),
      unitBlock("stage3/block1", { filters: 192 }),
      unitBlock("stage3/block2", { filters: 192, size: 1 }),
    ],
    head: [convolution("head/classifier", { filters: classes, size: 1, bias: true }), relu, globalAveragePool],
  };
}

/** Network in Network for ImageNet. For 224x224x3 and 1000 classes 7,595,176 parameters; sides 54, 27, 13, 6. */
export function buildImageNetNetworkInNetwork({ inputShape, classes }: BuilderOptions): Architecture {
  return {
    name: "nin-imagenet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unitBlock("stage1/block1", { filters: 96, size: 11, stride: 4, padding: 0 }),
      unitBlock("stage1/block2", { filters: 96, size: 1 }),
      unitBlock("stage1/block3", { filters: 96, size: 1 }),
      plainBlock("stage1/pool", [maxPool(3, 2, "same")]), // Caffe rounds 54 up to 27; the other sides are odd
      unitBlock("stage2/block1", { filters: 256, size: 5 }),
      unitBlock("stage2/block2", { filters: 256, size: 1 }),
      unitBlock("stage2/block3", { filters: 256, size: 1 }),
      plainBlock("stage2/pool", [maxPool(3, 2)]),
      unitBlock("stage3/block1", { filters: 384 }),
      unitBlock("stage3/block2", { filters: 384, size: 1 }),
      unitBlock("stage3/block3", { filters: 384, size: 1 }),
      plainBlock("stage3/pool", [maxPool(3, 2), dropout("stage3/dropout", 0.5)]),
      unitBlock("stage4/block1", { filters: 1024 }),
      unitBlock("stage4/block2", { filters: 1024, size: 1 }),
    ],
    head: [convolution("head/classifier", { filters: classes, size: 1, bias: true }), relu, globalAveragePool],
  };
}

/** A convolution with its bias and ReLU. */
function unitBlock(name: string, options: ConvolutionOptions): Block {
  return plainBlock(name, [convolution(name, { ...options, bias: true }), relu]);
}

/** Which fully connected network. */
export interface DenseNetworkOptions extends BuilderOptions {
  /** Units of each hidden layer, the first first. */
  readonly hidden: readonly number[];
  /** Probability that a pixel is dropped; 0.2 in the paper. */
  readonly inputRate?: number;
  /** Probability that a hidden unit is dropped; 0.5 in the paper. */
  readonly hiddenRate?: number;
}

/**
 * A fully connected network with dropout: dropout of the pixels, then dense layers with ReLU, each followed by dropout, and
 * a classifier. It has no blocks: all of it is the head.
 *
 * Source: Srivastava et al. 2014, JMLR 15:1929, sec. 6.1.1 and app. B.1: 784-1024-1024-10 and its like on MNIST.
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
