/**
 * LeNet-5, as published in 1998 and as it is taught today.
 *
 * Source: LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86:2278, sec. II.B, fig. 2 and table I.
 */
import type { Architecture, Layer } from "../engine/architecture";
import {
  averagePool,
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

/**
 * AlexNet: with the two groups of its two GPUs, and in one tower.
 *
 * Source: Krizhevsky, Sutskever & Hinton 2012, NIPS 25, sec. 3.5 and fig. 2; Krizhevsky 2014, arXiv:1404.5997.
 */

export interface AlexNetOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/**
 * The network of 2012: the second, fourth and fifth convolution in two groups, each of which sees half of the channels;
 * local response normalisation after the first two.
 *
 * For 227x227x3 (the 224 of the text do not give the 55x55 of the figure) and 1000 classes 60,965,224 parameters.
 */
export function buildAlexNet({ inputShape, classes }: AlexNetOptions): Architecture {
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

/** The variant in one tower, as torchvision has it. For 224x224x3 and 1000 classes 61,100,840 parameters. */
export function buildOneTowerAlexNet({ inputShape, classes }: AlexNetOptions): Architecture {
  const unit = (name: string, options: ConvolutionOptions) =>
    plainBlock(name, [convolution(name, { ...options, bias: true }), relu]);
  return {
    name: "one-tower-alexnet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unit("stage1/block1", { filters: 64, size: 11, stride: 4, padding: 2 }),
      plainBlock("stage1/pool", [maxPool(3, 2)]),
      unit("stage2/block1", { filters: 192, size: 5 }),
      plainBlock("stage2/pool", [maxPool(3, 2)]),
      unit("stage3/block1", { filters: 384 }),
      unit("stage3/block2", { filters: 256 }),
      unit("stage3/block3", { filters: 256 }),
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
 * Network in Network: 1x1 convolutions after each larger one, global average pooling in place of dense layers.
 *
 * Source: Lin, Chen & Yan 2013, arXiv:1312.4400, fig. 2; widths of the authors' Caffe models for CIFAR and ImageNet.
 */

export interface NetworkInNetworkOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/**
 * The network for small images. For 32x32x3 966,986 parameters with 10 classes, 984,356 with 100.
 *
 * Pooling is padded so that sides are rounded up, as Caffe does: 32, 16, 8.
 */
export function buildCifarNetworkInNetwork({ inputShape, classes }: NetworkInNetworkOptions): Architecture {
  return {
    name: "nin-cifar",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unit("stage1/block1", { filters: 192, size: 5 }),
      unit("stage1/block2", { filters: 160, size: 1 }),
      unit("stage1/block3", { filters: 96, size: 1 }),
      plainBlock("stage1/pool", [maxPool(3, 2, "same"), dropout("stage1/dropout", 0.5)]),
      unit("stage2/block1", { filters: 192, size: 5 }),
      unit("stage2/block2", { filters: 192, size: 1 }),
      unit("stage2/block3", { filters: 192, size: 1 }),
      plainBlock("stage2/pool", [averagePool(3, 2, "same"), dropout("stage2/dropout", 0.5)]),
      unit("stage3/block1", { filters: 192 }),
      unit("stage3/block2", { filters: 192, size: 1 }),
    ],
    head: [convolution("head/classifier", { filters: classes, size: 1, bias: true }), relu, globalAveragePool],
  };
}

/** The network for ImageNet. For 224x224x3 and 1000 classes 7,595,176 parameters; sides 54, 27, 13, 6. */
export function buildImageNetNetworkInNetwork({ inputShape, classes }: NetworkInNetworkOptions): Architecture {
  return {
    name: "nin-imagenet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unit("stage1/block1", { filters: 96, size: 11, stride: 4, padding: 0 }),
      unit("stage1/block2", { filters: 96, size: 1 }),
      unit("stage1/block3", { filters: 96, size: 1 }),
      plainBlock("stage1/pool", [maxPool(3, 2, "same")]), // Caffe rounds 54 up to 27; the other sides are odd
      unit("stage2/block1", { filters: 256, size: 5 }),
      unit("stage2/block2", { filters: 256, size: 1 }),
      unit("stage2/block3", { filters: 256, size: 1 }),
      plainBlock("stage2/pool", [maxPool(3, 2)]),
      unit("stage3/block1", { filters: 384 }),
      unit("stage3/block2", { filters: 384, size: 1 }),
      unit("stage3/block3", { filters: 384, size: 1 }),
      plainBlock("stage3/pool", [maxPool(3, 2), dropout("stage3/dropout", 0.5)]),
      unit("stage4/block1", { filters: 1024 }),
      unit("stage4/block2", { filters: 1024, size: 1 }),
    ],
    head: [convolution("head/classifier", { filters: classes, size: 1, bias: true }), relu, globalAveragePool],
  };
}

function unit(name: string, options: ConvolutionOptions) {
  return plainBlock(name, [convolution(name, { ...options, bias: true }), relu]);
}
