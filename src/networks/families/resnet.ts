/**
 * The residual networks for ImageNet, with the original block and with pre-activation.
 *
 * Source: He, Zhang, Ren & Sun 2015, arXiv:1512.03385, table 1 and fig. 5. The same networks with stochastic depth (Huang
 * et al. 2016, arXiv:1603.09382) are no others: a route sampled for each mini-batch says which blocks run.
 */
import type { Architecture, BatchNormalisation, Block, Layer } from "../engine/architecture";
import {
  type BuilderOptions,
  batchNormalisation,
  type ConvolutionOptions,
  convolution,
  convolutionUnit,
  dense,
  globalAveragePool,
  maxPool,
  relu,
} from "./layers";

/** Which residual network for ImageNet. */
interface ResNetOptions extends BuilderOptions {
  /** Layers with weights on the longest path: 18, 34, 50, 101 or 152. */
  readonly depth: number;
  /**
   * What the papers leave open, as a code has it. torchvision ("v1.5"): a bottleneck that halves the image does so in its
   * 3x3 convolution. Keras ("v1"): in its first 1x1 convolution, as in the paper; convolutions have a bias, and normalisation
   * an epsilon of 1.001e-5. torchvision by default.
   */
  readonly variant?: "torchvision" | "keras";
  /** Filters of the first stage; each later one has twice those of the one before. 64 by default. */
  readonly width?: number;
}

/**
 * A residual network of four stages of 64, 128, 256 and 512 filters: two 3x3 convolutions a block at depths 18 and 34,
 * bottlenecks above. Where the shape changes, the shortcut is a projection (option B).
 *
 * For 224x224x3 and 1000 classes 11,689,512 trainable parameters at depth 18, 25,557,032 at depth 50, 60,192,808 at depth
 * 152; in Keras's variant 25,583,592 at depth 50.
 *
 * @throws RangeError for another depth
 */
export function buildResNet(options: ResNetOptions): Architecture {
  const { depth, inputShape, classes, variant = "torchvision", width = 64 } = options;
  const counts = blocksPerStage[depth];
  if (counts === undefined) {
    throw new RangeError(`ResNet has ${Object.keys(blocksPerStage).join(", ")} layers, not ${depth}`);
  }
  const make = variant === "keras" ? kerasLayers : torchvisionLayers;
  const bottleneck = depth >= 50;
  return {
    name: `${variant === "keras" ? "keras-" : ""}imagenet-resnet${depth}`,
    inputShape,
    classes,
    stem: [...make("stem", "", { filters: width, size: 7, stride: 2 }), relu, maxPool(3, 2, 1)],
    blocks: counts.flatMap((count, stage) =>
      Array.from({ length: count }, (_, i): Block => {
        const name = `stage${stage + 1}/block${i + 1}`;
        const filters = width * 2 ** stage;
        const stride = stage > 0 && i === 0 ? 2 : 1;
        const widens = i === 0 && (stage > 0 || bottleneck);
        const projection = { filters: bottleneck ? 4 * filters : filters, size: 1, stride, gain: 1 };
        return {
          name,
          residual: bottleneck
            ? bottleneckBranch(make, name, { filters, stride, early: variant === "keras" })
            : basicBranch(make, name, { filters, stride }),
          shortcut: widens ? make(`${name}/projection`, "", projection) : [],
          join: [relu],
        };
      }),
    ),
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

/**
 * The residual networks of four stages on small images, as the usual codes for CIFAR have them: torchvision's, but for a stem of
 * one 3x3 convolution, without pooling.
 *
 * For 32x32x3 and 10 classes 11,173,962 trainable parameters at depth 18, 21,282,122 at depth 34, 23,520,842 at depth 50.
 *
 * @throws RangeError for a depth other than 18, 34, 50, 101 and 152
 * @example buildFourStageResNet({ depth: 18, inputShape: [32, 32, 3], classes: 10 })
 */
export function buildFourStageResNet(options: FourStageResNetOptions): Architecture {
  const { depth, width: filters = 64 } = options;
  return { ...buildResNet(options), name: `four-stage-resnet${depth}`, stem: convolutionUnit("stem", { filters }) };
}

/** Which residual network of four stages. */
export interface FourStageResNetOptions extends BuilderOptions {
  /** Layers with weights on the longest path: 18, 34, 50, 101 or 152. */
  readonly depth: number;
  /** Filters of the first stage; 64 by default. */
  readonly width?: number;
}

/** Table 1: blocks per stage, of bottlenecks. */
const bottlenecks: Readonly<Record<number, readonly number[]>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/** Table 1: blocks per stage. */
const blocksPerStage: Readonly<Record<number, readonly number[]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  ...bottlenecks,
};

/** A convolution and its normalisation: `name/convolution1` and `name/normalisation1`. */
type Normalised = (name: string, number: string, options: ConvolutionOptions) => Layer[];

const torchvisionLayers: Normalised = (name, number, options) => [
  convolution(`${name}/convolution${number}`, options),
  batchNormalisation(`${name}/normalisation${number}`),
];

const kerasLayers: Normalised = (name, number, options) => [
  convolution(`${name}/convolution${number}`, { ...options, bias: true }),
  kerasNormalisation(`${name}/normalisation${number}`),
];

function basicBranch(make: Normalised, name: string, given: { filters: number; stride: number }): Layer[] {
  const { filters, stride } = given;
  return [...make(name, "1", { filters, stride }), relu, ...make(name, "2", { filters })];
}

/** @param given `early`: the stride is in the first convolution, not in the second */
function bottleneckBranch(
  make: Normalised,
  name: string,
  given: { filters: number; stride: number; early: boolean },
): Layer[] {
  const { filters, stride, early } = given;
  return [
    ...make(name, "1", { filters, size: 1, stride: early ? stride : 1 }),
    relu,
    ...make(name, "2", { filters, stride: early ? 1 : stride }),
    relu,
    ...make(name, "3", { filters: 4 * filters, size: 1 }),
  ];
}

/** Which pre-activation network for ImageNet. */
interface ResNetV2Options extends BuilderOptions {
  /** Layers with weights on the longest path: 50, 101 or 152. */
  readonly depth: number;
}

/**
 * A residual network of pre-activation bottlenecks in four stages, as Keras has it ("V2"): the last block of a stage halves
 * the image, not the first of the next.
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, fig. 4(e) and sec. 5; Keras's `ResNet50V2` and its like.
 *
 * The first block of a stage projects the activations that its branch begins with: normalised and through the ReLU. Both
 * stand where the two branches still are one, at the end of the block before (or of the stem). The block that halves the
 * image takes every second pixel on its shortcut.
 *
 * For 224x224x3 and 1000 classes 25,568,360 trainable parameters at depth 50, 60,236,904 at depth 152.
 *
 * @throws RangeError for another depth
 */
export function buildResNetV2({ depth, inputShape, classes }: ResNetV2Options): Architecture {
  const counts = bottlenecks[depth];
  if (counts === undefined) {
    throw new RangeError(`ResNet V2 has ${Object.keys(bottlenecks).join(", ")} layers, not ${depth}`);
  }
  return {
    name: `imagenet-resnet${depth}-v2`,
    inputShape,
    classes,
    stem: [
      convolution("stem/convolution", { filters: 64, size: 7, stride: 2, bias: true }),
      maxPool(3, 2, 1),
      ...activation("stage1/block1/normalisation1"),
    ],
    blocks: counts.flatMap((count, stage) =>
      Array.from({ length: count }, (_, i): Block => {
        const name = `stage${stage + 1}/block${i + 1}`;
        const filters = 64 * 2 ** stage;
        const ends = i === count - 1 && stage < counts.length - 1;
        return {
          name,
          residual: [
            ...(i > 0 ? activation(`${name}/normalisation1`) : []),
            convolution(`${name}/convolution1`, { filters, size: 1 }),
            ...activation(`${name}/normalisation2`),
            convolution(`${name}/convolution2`, { filters, stride: ends ? 2 : 1 }),
            ...activation(`${name}/normalisation3`),
            convolution(`${name}/convolution3`, { filters: 4 * filters, size: 1, bias: true }),
          ],
          shortcut: [
            ...(i === 0
              ? [convolution(`${name}/projection`, { filters: 4 * filters, size: 1, bias: true, gain: 1 })]
              : []),
            ...(ends ? [{ kind: "subsample and pad", stride: 2, channels: 4 * filters } as const] : []),
          ],
          join: ends ? activation(`stage${stage + 2}/block1/normalisation1`) : [],
        };
      }),
    ),
    head: [...activation("head/normalisation"), globalAveragePool, dense("head/classifier", classes)],
  };
}

/** Batch normalisation, then the ReLU. */
function activation(name: string): Layer[] {
  return [kerasNormalisation(name), relu];
}

/** Batch normalisation with Keras's constants. */
function kerasNormalisation(name: string): BatchNormalisation {
  return { ...batchNormalisation(name), epsilon: 1.001e-5, momentum: 0.01 };
}
