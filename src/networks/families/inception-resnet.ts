/**
 * Inception-ResNet v1 and v2: inception modules as the residual branches of blocks with identity shortcuts.
 *
 * Source: Szegedy, Ioffe, Vanhoucke & Alemi 2016, arXiv:1602.07261, figs. 10 to 20, table 1, sec. 3.3 (scaling).
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import { halving, inceptionModule, normalisedUnit, unitChain } from "./inception";
import { inceptionStem } from "./inception-v3";
import { branchedStem, reductionA } from "./inception-v4";
import {
  averagePool,
  type BuilderOptions,
  type ConvolutionOptions,
  concatenation,
  convolution,
  dense,
  dropout,
  globalAveragePool,
  maxPool,
  relu,
  scaling,
} from "./layers";

/** Which Inception-ResNet v1. */
interface InceptionResNetOptions extends BuilderOptions {
  /**
   * What each residual branch is multiplied by before the addition, on 35x35, 17x17 and 8x8 pixels; the paper found 0.1 to
   * 0.3 to keep wide networks from dying. 0.17, 0.1 and 0.2 by default, as in the released code.
   */
  readonly scales?: readonly [a: number, b: number, c: number];
}

/** Which Inception-ResNet v2. */
interface InceptionResNetV2Options extends InceptionResNetOptions {
  /**
   * "paper": the stem of Inception v4 and 5, 10 and 5 residual modules. "released": the authors' code, which Keras and timm
   * follow, with the stem of Inception v3, one ordinary module, 10, 20 and 10 residual modules and a last 1x1 convolution
   * to 1536 channels. "released" by default.
   */
  readonly variant?: "released" | "paper";
}

/** The convolutions of a residual module's branches, the first branch first; then one 1x1 convolution to all channels. */
type ModuleBranches = readonly (readonly ConvolutionOptions[])[];

/** A stage of residual modules, all alike. */
interface Stage {
  readonly name: string;
  readonly modules: number;
  /** Channels of the stage's input, which every module keeps. */
  readonly channels: number;
  readonly branches: ModuleBranches;
  readonly scale: number;
}

const usualScales = [0.17, 0.1, 0.2] as const;

/**
 * Inception-ResNet v1: 5 residual modules on 35x35x256, 10 on 17x17x896, 5 on 8x8x1792, all of which keep their shape.
 *
 * For 299x299x3 and 1000 classes: 22,756,328 trainable parameters, of which 1,793,000 in the classifier.
 */
export function buildInceptionResNetV1(options: InceptionResNetOptions): Architecture {
  const { inputShape, classes, scales = usualScales } = options;
  return {
    name: "inception-resnet-v1",
    inputShape,
    classes,
    stem: [
      ...inceptionStem().slice(0, -1), // fig. 14: a convolution in place of the second pooling
      ...normalisedUnit("stem/convolution6", { filters: 256, ...halving }),
    ],
    blocks: [
      ...residualStage({
        name: "inception-a",
        modules: 5,
        channels: 256,
        branches: [[pointwise(32)], [pointwise(32), square(32)], [pointwise(32), square(32), square(32)]],
        scale: scales[0],
      }),
      reductionA("reduction-a", { k: 192, l: 192, m: 256, n: 384 }),
      ...residualStage({
        name: "inception-b",
        modules: 10,
        channels: 896,
        branches: [[pointwise(128)], [pointwise(128), row(128, 7), column(128, 7)]],
        scale: scales[1],
      }),
      reductionB("reduction-b", [384, 256, 256, 256]),
      ...residualStage({
        name: "inception-c",
        modules: 5,
        channels: 1792,
        branches: [[pointwise(192)], [pointwise(192), row(192, 3), column(192, 3)]],
        scale: scales[2],
      }),
    ],
    head: classifier(classes),
  };
}

/**
 * Inception-ResNet v2: residual modules that cost as much as Inception v4's.
 *
 * For 299x299x3 and 1000 classes: 55,843,464 trainable parameters in the released layout (timm; Keras, without the scales
 * of batch normalisation, 55,813,192), 32,433,928 in the paper's.
 *
 * Departs from the paper's figures 17 and 19, whose 1154 and 2048 channels no addition to 1152 and 2144 allows.
 */
export function buildInceptionResNetV2(options: InceptionResNetV2Options): Architecture {
  const { variant = "released", inputShape, classes, scales = usualScales } = options;
  const released = variant === "released";
  const [a, b, c] = released ? [320, 1088, 2080] : [384, 1152, 2144];
  const stageC: Stage = {
    name: "inception-c",
    modules: released ? 9 : 5,
    channels: c,
    branches: [[pointwise(192)], [pointwise(192), row(224, 3), column(256, 3)]],
    scale: scales[2],
  };
  return {
    name: released ? "inception-resnet-v2" : "inception-resnet-v2-paper",
    inputShape,
    classes,
    stem: released ? inceptionStem() : branchedStem(),
    blocks: [
      ...(released ? [firstModule("inception-5b")] : []),
      ...residualStage({
        name: "inception-a",
        modules: released ? 10 : 5,
        channels: a,
        branches: [[pointwise(32)], [pointwise(32), square(32)], [pointwise(32), square(48), square(64)]],
        scale: scales[0],
      }),
      reductionA("reduction-a", { k: 256, l: 256, m: 384, n: 384 }),
      ...residualStage({
        name: "inception-b",
        modules: released ? 20 : 10,
        channels: b,
        branches: [[pointwise(192)], [pointwise(128), row(160, 7), column(192, 7)]],
        scale: scales[1],
      }),
      reductionB("reduction-b", [384, 288, 288, 320]),
      ...residualStage(stageC),
      // the released code's last module is neither damped nor followed by a ReLU
      ...(released ? [{ ...residualModule("inception-c/block10", { ...stageC, scale: 1 }), join: [] }] : []),
    ],
    head: [...(released ? unitChain("head/convolution", pointwise(1536)) : []), ...classifier(classes)],
  };
}

function residualStage(stage: Stage): Block[] {
  return Array.from({ length: stage.modules }, (_, i) => residualModule(`${stage.name}/block${i + 1}`, stage));
}

/** Figs. 10, 11, 13, 16, 17, 19: branches, a linear 1x1 convolution back to all channels, damped, added, ReLU. */
function residualModule(name: string, { channels, branches, scale }: Stage): Block {
  return {
    name,
    residual: [
      concatenation(...branches.map((units, i) => unitChain(`${name}/branch${i + 1}`, ...units))),
      convolution(`${name}/expansion`, { filters: channels, size: 1, bias: true, gain: 1 }),
      scaling(scale),
    ],
    shortcut: [],
    join: [relu],
  };
}

/** Figs. 12 and 18: 17x17 to 8x8 pixels; each of three branches begins with 256 filters. */
function reductionB(name: string, [first, second, third, fourth]: readonly [number, number, number, number]): Block {
  const branches = [
    unitChain(`${name}/branch1`, pointwise(256), { filters: first, ...halving }),
    unitChain(`${name}/branch2`, pointwise(256), { filters: second, ...halving }),
    unitChain(`${name}/branch3`, pointwise(256), square(third), { filters: fourth, ...halving }),
    [maxPool(3, 2)],
  ];
  return inceptionModule(name, ...branches);
}

/** The released v2's one module without a shortcut: 35x35x192 to 35x35x320. */
function firstModule(name: string): Block {
  const branches = [
    unitChain(`${name}/1x1`, pointwise(96)),
    unitChain(`${name}/5x5`, pointwise(48), { filters: 64, size: 5 }),
    unitChain(`${name}/double-3x3`, pointwise(64), square(96), square(96)),
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, pointwise(64))],
  ];
  return inceptionModule(name, ...branches);
}

/** Mean over all pixels, a fifth of the features dropped, one dense layer. */
function classifier(classes: number): Layer[] {
  return [globalAveragePool, dropout("head/dropout", 0.2), dense("head/classifier", classes)];
}

function pointwise(filters: number): ConvolutionOptions {
  return { filters, size: 1 };
}

function square(filters: number): ConvolutionOptions {
  return { filters, size: 3 };
}

function row(filters: number, length: number): ConvolutionOptions {
  return { filters, size: [1, length] };
}

function column(filters: number, length: number): ConvolutionOptions {
  return { filters, size: [length, 1] };
}
