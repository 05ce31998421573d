/**
 * Network in Network: 1x1 convolutions after each larger one, global average pooling in place of dense layers.
 *
 * Source: Lin, Chen & Yan 2013, arXiv:1312.4400, fig. 2; widths of the authors' Caffe models for CIFAR and ImageNet.
 */
import type { Architecture } from "./architecture";
import { averagePool, type ConvolutionOptions, convolution, dropout, globalAveragePool, maxPool, relu } from "./layers";
import { plainBlock } from "./plain-block";

export interface NetworkInNetworkOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/**
 * The network for small pictures. For 32x32x3 966,986 parameters with 10 classes, 984,356 with 100.
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
