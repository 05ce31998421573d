/**
 * VGG as published: 3x3 convolutions in five stages, three dense layers.
 *
 * Source: Simonyan & Zisserman 2014, arXiv:1409.1556, table 1, configurations A, B, D and E.
 */
import type { Architecture, Block } from "./architecture";
import { batchNormalisation, convolution, dense, dropout, flatten, maxPool, relu } from "./layers";
import { plainBlock } from "./plain-block";

export interface VggOptions {
  /** Layers with weights: 11, 13, 16 or 19. */
  readonly depth: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** After every convolution, which keeps its bias, as torchvision has it; not in the paper. */
  readonly normalised?: boolean;
  /**
   * Where activations are dropped: half of them after each hidden dense layer, as in the paper, or a quarter after each
   * stage and none in the head, as in the lecture's listing.
   */
  readonly dropout?: "dense layers" | "stages";
}

/** Columns A, B, D and E of table 1: 3x3 convolutions a stage. */
const convolutions: Readonly<Record<number, readonly number[]>> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

/**
 * The network of 11, 13, 16 or 19 layers; each convolution (with what follows it) and each pooling is a block.
 *
 * For 224x224x3 and 1000 classes 138,357,544 parameters at depth 16, 143,667,240 at depth 19.
 *
 * @throws RangeError for another depth
 */
export function buildVgg(options: VggOptions): Architecture {
  const { depth, inputShape, classes, normalised = false, dropout: dropped = "dense layers" } = options;
  const counts = convolutions[depth];
  if (counts === undefined) {
    throw new RangeError(`VGG has ${Object.keys(convolutions).join(", ")} layers, not ${depth}`);
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

function unit(name: string, filters: number, normalised: boolean): Block {
  return plainBlock(name, [
    convolution(`${name}/convolution`, { filters, bias: true }),
    ...(normalised ? [batchNormalisation(`${name}/normalisation`)] : []),
    relu,
  ]);
}
