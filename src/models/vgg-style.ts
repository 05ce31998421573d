/**
 * VGG-style networks with batch normalisation for small pictures.
 *
 * Source: Simonyan & Zisserman 2014, arXiv:1409.1556, table 1; batch normalisation after every convolution as in the
 * 15-layer network that Veit, Wilber & Belongie 2016 (arXiv:1605.06431, sec. 4.1) delete layers from.
 */
import type { Architecture, Block } from "./architecture";
import { batchNormalisation, convolutionUnit, dense, flatten, maxPool, relu } from "./layers";

export interface VggStyleOptions {
  /** Layers with weights: 3x3 convolutions, one hidden and one output layer. */
  readonly depth: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Filters of the first stage, 64 in the paper; doubled at each stage up to eightfold. The hidden layer has eightfold. */
  readonly width?: number;
}

/**
 * Up to five stages of 3x3 convolutions, as many as the picture can be halved, each ended by 2x2 max pooling.
 *
 * Each convolution (with its normalisation and ReLU) and each pooling is a block. The convolutions are spread evenly over
 * the stages, the odd ones over the last: 2, 2, 3, 3, 3 at depth 15 on 32x32 pixels, 4, 4, 5 on 14x14. At depth 15 and
 * width 64 on 32x32x3 with 10 classes: 14,987,722 trainable parameters.
 *
 * @throws RangeError when there is not one convolution a stage, or the picture cannot be halved at all
 */
export function buildVggStyle({ depth, inputShape, classes, width = 64 }: VggStyleOptions): Architecture {
  const side = Math.min(inputShape[0], inputShape[1]);
  const stages = Math.min(5, Math.floor(Math.log2(side)));
  const convolutions = depth - 2;
  if (stages < 1) throw new RangeError(`a VGG-style network needs pictures of at least 2x2 pixels, got ${side}`);
  if (!Number.isInteger(depth) || convolutions < stages) {
    throw new RangeError(`a VGG-style network on ${side} pixels needs at least ${stages + 2} layers, got ${depth}`);
  }
  return {
    name: `vgg${depth}`,
    inputShape,
    classes,
    stem: [],
    blocks: spreadOver(stages, convolutions).flatMap((count, stage): Block[] => [
      ...Array.from({ length: count }, (_, i): Block => {
        const name = `stage${stage + 1}/block${i + 1}`;
        const filters = width * Math.min(8, 2 ** stage);
        return { name, residual: convolutionUnit(name, { filters }), shortcut: null, join: [] };
      }),
      { name: `stage${stage + 1}/pool`, residual: [maxPool()], shortcut: null, join: [] },
    ]),
    head: [
      flatten,
      dense("head/hidden", 8 * width, 2),
      batchNormalisation("head/normalisation"),
      relu,
      dense("head/classifier", classes),
    ],
  };
}

/** `total` in `parts` whole numbers that differ by one at most, the larger ones last. */
function spreadOver(parts: number, total: number): number[] {
  return Array.from({ length: parts }, (_, i) => Math.floor((total + i) / parts));
}
