/**
 * AlexNet: with the two groups of its two GPUs, and in one tower.
 *
 * Source: Krizhevsky, Sutskever & Hinton 2012, NIPS 25, sec. 3.5 and fig. 2; Krizhevsky 2014, arXiv:1404.5997.
 */
import type { Architecture, Layer } from "./architecture";
import {
  type ConvolutionOptions,
  channelRange,
  concatenation,
  convolution,
  dense,
  dropout,
  flatten,
  localResponseNormalisation,
  maxPool,
  relu,
} from "./layers";
import { plainBlock } from "./plain-block";

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
