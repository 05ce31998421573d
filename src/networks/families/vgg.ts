/**
 * VGG as published, and VGG-style networks for small images.
 *
 * Source: Simonyan & Zisserman 2014, arXiv:1409.1556, table 1, configurations A, B, D and E.
 */
import type { Architecture, Block } from "../engine/architecture";
import {
  type BuilderOptions,
  batchNormalisation,
  convolution,
  convolutionUnit,
  dense,
  dropout,
  flatten,
  maxPool,
  plainBlock,
  relu,
} from "./layers";

/** Which VGG. */
interface VggOptions extends BuilderOptions {
  /** Layers with weights: 11, 13, 16 or 19. */
  readonly depth: number;
  /** After every convolution, which keeps its bias, as torchvision has it; not in the paper. */
  readonly normalised?: boolean;
  /**
   * Where activations are dropped: half of them after each hidden dense layer, as in the paper, or a quarter after each
   * stage and none in the head, as in the lecture's listing.
   */
  readonly dropout?: "dense layers" | "stages";
}

/**
 * VGG as published, of 11, 13, 16 or 19 layers; each convolution (with what follows it) and each pooling is a block.
 *
 * For 224x224x3 and 1000 classes 138,357,544 parameters at depth 16, 143,667,240 at depth 19.
 *
 * @throws RangeError for another depth
 */
export function buildVgg(options: VggOptions): Architecture {
  const { depth, inputShape, classes, normalised = false, dropout: dropped = "dense layers" } = options;
  const counts = convolutionsPerStage[depth];
  if (counts === undefined) {
    throw new RangeError(`VGG has ${Object.keys(convolutionsPerStage).join(", ")} layers, not ${depth}`);
  }
  const afterHidden = (name: string) => (dropped === "dense layers" ? [dropout(name, 0.5)] : []);
  return {
    name: `vgg${depth}${normalised ? "-bn" : ""}${dropped === "stages" ? "-lecture" : ""}`,
    inputShape,
    classes,
    stem: [],
    blocks: counts.flatMap((count, i): Block[] => {
      const stage = `stage${i + 1}`;
      const filters = 64 * Math.min(8, 2 ** i);
      const afterStage = dropped === "stages" ? [dropout(`${stage}/dropout`, 0.25)] : [];
      return [
        ...Array.from({ length: count }, (_, j) => unit(`${stage}/block${j + 1}`, filters, normalised)),
        plainBlock(`${stage}/pool`, [maxPool(), ...afterStage]),
      ];
    }),
    head: [
      flatten,
      dense("head/hidden1", 4096, 2),
      relu,
      ...afterHidden("head/dropout1"),
      dense("head/hidden2", 4096, 2),
      relu,
      ...afterHidden("head/dropout2"),
      dense("head/classifier", classes),
    ],
  };
}

/** Columns A, B, D and E of table 1: 3x3 convolutions per stage. */
const convolutionsPerStage: Readonly<Record<number, readonly number[]>> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

function unit(name: string, filters: number, normalised: boolean): Block {
  return plainBlock(name, [
    convolution(`${name}/convolution`, { filters, bias: true }),
    ...(normalised ? [batchNormalisation(`${name}/normalisation`)] : []),
    relu,
  ]);
}

/** Which VGG-style network. */
export interface VggStyleOptions extends BuilderOptions {
  /** Layers with weights: 3x3 convolutions, one hidden and one output layer. */
  readonly depth: number;
  /** Filters of the first stage, 64 in the paper; doubled at each stage up to eightfold. The hidden layer has eightfold. */
  readonly width?: number;
}

/**
 * A VGG-style network for small images: up to five stages of 3x3 convolutions with batch normalisation, as in the 15-layer
 * network that Veit, Wilber & Belongie 2016 (arXiv:1605.06431, sec. 4.1) delete layers from. The stages are as many as the
 * image can be halved, each ended by 2x2 max pooling.
 *
 * Each convolution (with its normalisation and ReLU) and each pooling is a block. The convolutions are spread evenly over
 * the stages, the odd ones over the last: 2, 2, 3, 3, 3 at depth 15 on 32x32 pixels, 4, 4, 5 on 14x14. At depth 15 and
 * width 64 on 32x32x3 with 10 classes: 14,987,722 trainable parameters.
 *
 * @throws RangeError when there is not one convolution per stage, or the image cannot be halved at all
 */
export function buildVggStyle({ depth, inputShape, classes, width = 64 }: VggStyleOptions): Architecture {
  const side = Math.min(inputShape[0], inputShape[1]);
  const stages = Math.min(5, Math.floor(Math.log2(side)));
  const convolutions = depth - 2;
  if (stages < 1) throw new RangeError(`a VGG-style network needs images of at least 2x2 pixels, got ${side}`);
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
