/**
 * Networks since 2018: inverted residuals (MobileNetV2, EfficientNet), RegNet and ConvNeXt; as published, and small ones that differ
 * in depth and width alone.
 *
 * Sources: Sandler, Howard, Zhu, Zhmoginov & Chen 2018, arXiv:1801.04381; Tan & Le 2019, arXiv:1905.11946; Radosavovic, Kosaraju,
 * Girshick, He & Dollár 2020, arXiv:2003.13678; Liu, Mao, Wu, Feichtenhofer, Darrell & Xie 2022, arXiv:2201.03545. What these leave
 * open is as torchvision has it.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import {
  type BuilderOptions,
  batchNormalisation,
  type ConvolutionOptions,
  convolution,
  convolutionUnit,
  dense,
  depthwiseConvolution,
  dropout,
  type Family,
  type FamilyOptions,
  gelu,
  globalAveragePool,
  layerNormalisation,
  layerScale,
  plainBlock,
  relu,
  relu6,
  silu,
  squeezeAndExcitation,
  stochasticDepth,
} from "./layers";
import { buildFourStageResNet } from "./resnet";

/**
 * Families whose members are handed to an experiment as data (`--network mobilenet23`), in the order in which they are listed: results
 * do not depend on this list, and grow no older by a new entry.
 */
export const handedFamilies: readonly Family[] = [
  {
    prefix: "four-stage-resnet",
    description: "residual network of four stages behind a 3x3 convolution, as the usual codes for CIFAR have it",
    exampleDepths: [18, 34, 50],
    build: buildFourStageResNet,
  },
  {
    prefix: "mobilenet",
    description: "MobileNetV2 for small images: inverted residuals",
    exampleDepths: [14, 23, 32],
    build: buildSmallMobileNet,
  },
  {
    prefix: "efficientnet",
    description: "EfficientNet for small images: inverted residuals with squeeze and excitation",
    exampleDepths: [14, 23, 32],
    build: buildSmallEfficientNet,
  },
  {
    prefix: "regnet",
    description: "RegNetY for small images: residual blocks in groups of channels with squeeze and excitation",
    exampleDepths: [11, 20, 29],
    build: buildSmallRegNet,
  },
  {
    prefix: "convnext",
    description: "ConvNeXt for small images: depthwise convolutions and layer normalisation",
    exampleDepths: [13, 22, 31],
    build: buildSmallConvNeXt,
  },
];

/** Blocks of one kind, as a row of the papers' tables. */
interface InvertedStage {
  /** How many times the block's input the depthwise convolution is wide. */
  readonly expansion: number;
  /** Side of the depthwise kernel. */
  readonly size: number;
  readonly filters: number;
  readonly blocks: number;
  /** Of the first block; the others have 1. */
  readonly stride: number;
}

interface InvertedNetwork extends BuilderOptions {
  readonly name: string;
  /** Of the first convolution, 3x3. */
  readonly stem: { readonly filters: number; readonly stride: number };
  readonly stages: readonly InvertedStage[];
  /** Filters of the last convolution, 1x1. */
  readonly features: number;
  /** After every convolution but the last of a block. */
  readonly nonlinearity: Layer;
  /** Whether the depthwise convolution is followed by squeeze and excitation, of a quarter of the block's input. */
  readonly squeezes: boolean;
  /** Rates of dropout before the classifier, and of stochastic depth, which grows from 0 by the block. */
  readonly rates: { readonly dropout: number; readonly depth: number };
}

/**
 * A network of inverted residuals: each block widens its input by a 1x1 convolution, filters every channel by itself, and narrows it
 * again by a 1x1 convolution without a nonlinearity. Blocks that change the shape have no shortcut.
 */
function buildInverted(options: InvertedNetwork): Architecture {
  const { name, inputShape, classes, stem, stages, features, nonlinearity, rates } = options;
  const unit = (address: string, filters: number, more: Partial<ConvolutionOptions> = {}): Layer[] => [
    convolution(`${address}/convolution`, { filters, ...more }),
    batchNormalisation(`${address}/normalisation`),
  ];
  const count = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  const blocks: Block[] = [];
  let channels = stem.filters;
  stages.forEach((stage, i) => {
    for (let j = 0; j < stage.blocks; j++) {
      const block = `stage${i + 1}/block${j + 1}`;
      const stride = j === 0 ? stage.stride : 1;
      const wide = stage.expansion * channels;
      const keeps = stride === 1 && channels === stage.filters;
      const rate = (rates.depth * blocks.length) / count;
      blocks.push({
        name: block,
        residual: [
          ...(wide === channels ? [] : [...unit(`${block}/expansion`, wide, { size: 1 }), nonlinearity]),
          ...unit(`${block}/depthwise`, wide, { size: stage.size, stride, groups: wide }),
          nonlinearity,
          ...(options.squeezes
            ? [squeezeAndExcitation(`${block}/gate`, wide, Math.max(1, Math.floor(channels / 4)), nonlinearity)]
            : []),
          ...unit(`${block}/projection`, stage.filters, { size: 1, gain: 1 }),
          ...(keeps && rate > 0 ? [stochasticDepth(`${block}/depth`, rate)] : []),
        ],
        shortcut: keeps ? [] : null,
        join: [],
      });
      channels = stage.filters;
    }
  });
  return {
    name,
    inputShape,
    classes,
    stem: [...unit("stem", stem.filters, { stride: stem.stride }), nonlinearity],
    blocks,
    head: [
      ...unit("head", features, { size: 1 }),
      nonlinearity,
      globalAveragePool,
      dropout("head/dropout", rates.dropout),
      dense("head/classifier", classes),
    ],
  };
}

/** A row of the papers' tables. */
function row(expansion: number, size: number, filters: number, blocks: number, stride: number): InvertedStage {
  return { expansion, size, filters, blocks, stride };
}

/**
 * MobileNetV2 of width 1: 53 layers in 17 inverted residuals.
 *
 * Source: Sandler et al. 2018, arXiv:1801.04381, table 2. For 224x224x3 and 1000 classes 3,504,872 trainable parameters.
 */
export function buildMobileNetV2(size: BuilderOptions): Architecture {
  return buildInverted({
    ...{ ...size, name: "mobilenet-v2", stem: { filters: 32, stride: 2 }, features: 1280, nonlinearity: relu6 },
    squeezes: false,
    rates: { dropout: 0.2, depth: 0 },
    stages: [
      row(1, 3, 16, 1, 1),
      row(6, 3, 24, 2, 2),
      row(6, 3, 32, 3, 2),
      row(6, 3, 64, 4, 2),
      row(6, 3, 96, 3, 1),
      row(6, 3, 160, 3, 2),
      row(6, 3, 320, 1, 1),
    ],
  });
}

/**
 * EfficientNet-B0: inverted residuals with squeeze and excitation, SiLU and stochastic depth.
 *
 * Source: Tan & Le 2019, arXiv:1905.11946, table 1. For 224x224x3 and 1000 classes 5,288,548 trainable parameters.
 */
export function buildEfficientNetB0(size: BuilderOptions): Architecture {
  return buildInverted({
    ...{ ...size, name: "efficientnet-b0", stem: { filters: 32, stride: 2 }, features: 1280, nonlinearity: silu },
    squeezes: true,
    rates: { dropout: 0.2, depth: 0.2 },
    stages: [
      row(1, 3, 16, 1, 1),
      row(6, 3, 24, 2, 2),
      row(6, 5, 40, 2, 2),
      row(6, 3, 80, 3, 2),
      row(6, 5, 112, 3, 1),
      row(6, 5, 192, 4, 2),
      row(6, 3, 320, 1, 1),
    ],
  });
}

/**
 * MobileNetV2 for small images: one block without widening, then three stages of n blocks each with once, twice and four times the
 * filters of the stem, the second and the third at half the size of the one before.
 *
 * For 32x32x3 and 10 classes with 16 filters 125,194 trainable parameters at depth 23.
 *
 * @throws RangeError when the depth is not 9n + 5
 */
export function buildSmallMobileNet(options: FamilyOptions): Architecture {
  return buildInverted({
    ...smallInverted(options, "MobileNet"),
    ...{ name: `mobilenet${options.depth}`, nonlinearity: relu6, squeezes: false, rates: { dropout: 0.2, depth: 0 } },
  });
}

/**
 * EfficientNet for small images: as `buildSmallMobileNet`, with its own kernels of 3, 5 and 5 pixels, squeeze and excitation, SiLU and
 * stochastic depth.
 *
 * For 32x32x3 and 10 classes with 16 filters 161,002 trainable parameters at depth 23.
 *
 * @throws RangeError when the depth is not 9n + 5
 */
export function buildSmallEfficientNet(options: FamilyOptions): Architecture {
  const { stages, ...others } = smallInverted(options, "EfficientNet");
  return buildInverted({
    ...others,
    stages: stages.map((stage, i) => ({ ...stage, size: i < 2 ? 3 : 5 })),
    ...{
      name: `efficientnet${options.depth}`,
      nonlinearity: silu,
      squeezes: true,
      rates: { dropout: 0.2, depth: 0.2 },
    },
  });
}

function smallInverted({ depth, width = 16, inputShape, classes }: FamilyOptions, what: string) {
  const blocks = perStage(depth, 9, 5, what);
  return {
    inputShape,
    classes,
    stem: { filters: width, stride: 1 },
    features: 16 * width,
    stages: [
      row(1, 3, width, 1, 1),
      row(6, 3, width, blocks, 1),
      row(6, 3, 2 * width, blocks, 2),
      row(6, 3, 4 * width, blocks, 2),
    ],
  };
}

/**
 * RegNetY-400MF: bottlenecks without a neck, in groups of 8 channels, with squeeze and excitation.
 *
 * Source: Radosavovic et al. 2020, arXiv:2003.13678, table 4 and fig. 19; w_0 = 48, w_a = 27.89, w_m = 2.09, d = 16. For 224x224x3 and
 * 1000 classes 4,344,144 trainable parameters.
 */
export function buildRegNetY400MF(size: BuilderOptions): Architecture {
  const stages = [
    { filters: 48, blocks: 1 },
    { filters: 104, blocks: 3 },
    { filters: 208, blocks: 6 },
    { filters: 440, blocks: 6 },
  ];
  return buildRegNet({ ...size, name: "regnet-y-400mf", stem: { filters: 32, stride: 2 }, stages, firstStride: 2 });
}

/**
 * RegNetY for small images: three stages of n blocks each with once, twice and four times the filters of the stem, in groups of 8
 * channels where 8 divides them, of fewer elsewhere.
 *
 * For 32x32x3 and 10 classes with 16 filters 44,646 trainable parameters at depth 20.
 *
 * @throws RangeError when the depth is not 9n + 2
 */
export function buildSmallRegNet({ depth, width = 16, inputShape, classes }: FamilyOptions): Architecture {
  const blocks = perStage(depth, 9, 2, "RegNet");
  const stages = [1, 2, 4].map((factor) => ({ filters: factor * width, blocks }));
  const stem = { filters: width, stride: 1 };
  return buildRegNet({ inputShape, classes, name: `regnet${depth}`, stem, stages, firstStride: 1 });
}

interface RegNetOptions extends BuilderOptions {
  readonly name: string;
  readonly stem: { readonly filters: number; readonly stride: number };
  readonly stages: readonly { readonly filters: number; readonly blocks: number }[];
  /** Of the first stage; the later ones halve the image. */
  readonly firstStride: number;
}

function buildRegNet({ name, inputShape, classes, stem, stages, firstStride }: RegNetOptions): Architecture {
  const blocks: Block[] = [];
  let channels = stem.filters;
  stages.forEach(({ filters, blocks: count }, stage) => {
    for (let i = 0; i < count; i++) {
      const block = `stage${stage + 1}/block${i + 1}`;
      const stride = i > 0 ? 1 : stage === 0 ? firstStride : 2;
      blocks.push({
        name: block,
        residual: [
          ...convolutionUnit(`${block}/1`, { filters, size: 1 }),
          ...convolutionUnit(`${block}/2`, { filters, stride, groups: filters / groupWidth(filters) }),
          squeezeAndExcitation(`${block}/gate`, filters, Math.max(1, Math.round(channels / 4))),
          ...normalised(`${block}/3`, { filters, size: 1, gain: 1 }),
        ],
        shortcut:
          stride === 1 && channels === filters
            ? []
            : normalised(`${block}/projection`, { filters, size: 1, stride, gain: 1 }),
        join: [relu],
      });
      channels = filters;
    }
  });
  return {
    name,
    inputShape,
    classes,
    stem: convolutionUnit("stem", stem),
    blocks,
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

/** The most channels of a group, 8 at most, that divide the filters by a power of two. */
function groupWidth(filters: number): number {
  return [8, 4, 2, 1].find((size) => filters % size === 0)!;
}

/** A convolution and its normalisation. */
function normalised(name: string, options: ConvolutionOptions): Layer[] {
  return convolutionUnit(name, options).slice(0, 2);
}

/**
 * ConvNeXt-T: blocks of a depthwise 7x7 convolution, a layer normalisation and two 1x1 convolutions with a GELU between them, scaled.
 *
 * Source: Liu et al. 2022, arXiv:2201.03545, table 9. For 224x224x3 and 1000 classes 28,589,128 trainable parameters.
 */
export function buildConvNeXtTiny(size: BuilderOptions): Architecture {
  return buildConvNeXt({
    ...{ ...size, name: "convnext-t", counts: [3, 3, 9, 3], filters: 96, scale: 1e-6, depthRate: 0.1 },
    stem: { size: 4, stride: 4, padding: 0 },
  });
}

/**
 * ConvNeXt for small images: three stages of n blocks each behind a 3x3 convolution, with once, twice and four times its filters. The
 * blocks' scales begin at 0.1, as Touvron et al. 2021, arXiv:2103.17239, have it for 18 blocks and fewer.
 *
 * For 32x32x3 and 10 classes with 16 filters 110,698 trainable parameters at depth 22.
 *
 * @throws RangeError when the depth is not 9n + 4
 */
export function buildSmallConvNeXt({ depth, width = 16, inputShape, classes }: FamilyOptions): Architecture {
  const count = perStage(depth, 9, 4, "ConvNeXt");
  return buildConvNeXt({
    ...{ inputShape, classes, name: `convnext${depth}`, counts: [count, count, count], filters: width },
    ...{ scale: 0.1, depthRate: 0, stem: { size: 3 } },
  });
}

interface ConvNeXtOptions extends BuilderOptions {
  readonly name: string;
  /** Blocks of each stage. */
  readonly counts: readonly number[];
  /** Of the first stage; each later one has twice those of the one before. */
  readonly filters: number;
  readonly stem: Partial<ConvolutionOptions>;
  /** Of each block's branch at first. */
  readonly scale: number;
  /** Rate of stochastic depth of the last block; it grows from 0 by the block. */
  readonly depthRate: number;
}

function buildConvNeXt(options: ConvNeXtOptions): Architecture {
  const { name, inputShape, classes, counts, filters, stem, scale, depthRate } = options;
  const all = counts.reduce((sum, count) => sum + count, 0);
  let before = 0;
  const blocks = counts.flatMap((count, stage): Block[] => {
    const channels = filters * 2 ** stage;
    const own = Array.from({ length: count }, (_, i) => {
      const rate = (depthRate * before) / (all - 1);
      before++;
      return convNeXtBlock(`stage${stage + 1}/block${i + 1}`, { channels, scale, rate });
    });
    if (stage === 0) return own;
    const address = `stage${stage + 1}/downsampling`;
    const halving = { filters: channels, size: 2, stride: 2, padding: "valid", bias: true, gain: 1 } as const;
    return [
      plainBlock(address, [
        layerNormalisation(`${address}/normalisation`),
        convolution(`${address}/convolution`, halving),
      ]),
      ...own,
    ];
  });
  return {
    name,
    inputShape,
    classes,
    stem: [
      convolution("stem/convolution", { filters, bias: true, gain: 1, ...stem }),
      layerNormalisation("stem/normalisation"),
    ],
    blocks,
    head: [globalAveragePool, layerNormalisation("head/normalisation"), dense("head/classifier", classes)],
  };
}

function convNeXtBlock(name: string, given: { channels: number; scale: number; rate: number }): Block {
  const { channels, scale, rate } = given;
  return {
    name,
    residual: [
      depthwiseConvolution(`${name}/convolution1`, channels, { size: 7, bias: true, gain: 1 }),
      layerNormalisation(`${name}/normalisation`),
      convolution(`${name}/convolution2`, { filters: 4 * channels, size: 1, bias: true }),
      gelu,
      convolution(`${name}/convolution3`, { filters: channels, size: 1, bias: true, gain: 1 }),
      layerScale(`${name}/scaling`, scale),
      ...(rate > 0 ? [stochasticDepth(`${name}/depth`, rate)] : []),
    ],
    shortcut: [],
    join: [],
  };
}

/** @param layers that one more block in each of the three stages adds; `others` are those outside of the stages */
function perStage(depth: number, layers: number, others: number, what: string): number {
  const blocks = (depth - others) / layers;
  if (Number.isInteger(blocks) && blocks >= 1) return blocks;
  const examples = [1, 2, 3].map((n) => layers * n + others).join(", ");
  throw new RangeError(
    `a ${what} for small images needs depth ${layers}n + ${others} (${examples}, ...), got ${depth}`,
  );
}
