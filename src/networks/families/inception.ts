/**
 * The first inception networks: GoogLeNet (Inception v1) and BN-Inception (Inception v2); and the units that all are made
 * of.
 *
 * Sources: Szegedy et al. 2014, arXiv:1409.4842, table 1 and fig. 3; Ioffe & Szegedy 2015, arXiv:1502.03167, appendix,
 * fig. 5.
 */
import type { Architecture, Block, Exit, Layer } from "../engine/architecture";
import {
  averagePool,
  type BuilderOptions,
  batchNormalisation,
  type ConvolutionOptions,
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
} from "./layers";

/** Which variant of GoogLeNet. */
interface GoogLeNetOptions extends BuilderOptions {
  /**
   * "paper": 5x5 kernels, biases, local response normalisation. "torchvision": the port of that library, with batch
   * normalisation in place of both and, by a mistake it keeps for its weights' sake, 3x3 kernels in place of 5x5. Its
   * auxiliary heads pool adaptively to 4x4; here, as in the paper, by windows of 5x5 at stride 3. "paper" by default.
   */
  readonly variant?: "paper" | "torchvision";
  /** Classifiers after modules 4a and 4d, with weight 0.3 in training (sec. 5); present by default. */
  readonly auxiliaryHeads?: boolean;
}

/** A row of table 1: filters of the four branches, `[reduced, filters]` where a 1x1 convolution comes first. */
export type GoogLeNetRow = readonly [
  name: string,
  one: number,
  three: readonly [reduced: number, filters: number],
  five: readonly [reduced: number, filters: number],
  pool: number,
];

/** The rows by the sides of the image that they work on, 28, 14 and 7 pixels of 224. */
export const googLeNetModules = {
  stage3: [
    ["3a", 64, [96, 128], [16, 32], 32],
    ["3b", 128, [128, 192], [32, 96], 64],
  ],
  stage4: [
    ["4a", 192, [96, 208], [16, 48], 64],
    ["4b", 160, [112, 224], [24, 64], 64],
    ["4c", 128, [128, 256], [24, 64], 64],
    ["4d", 112, [144, 288], [32, 64], 64],
    ["4e", 256, [160, 320], [32, 128], 128],
  ],
  stage5: [
    ["5a", 256, [160, 320], [32, 128], 128],
    ["5b", 384, [192, 384], [48, 128], 128],
  ],
} as const satisfies Record<string, readonly GoogLeNetRow[]>;

/**
 * GoogLeNet: 22 layers with weights, nine inception modules, each a block, as is each pooling between them.
 *
 * For 224x224x3 and 1000 classes, without auxiliary heads: 6,998,552 trainable parameters in the paper's layout, 6,624,904
 * in torchvision's (13,004,888 with heads).
 *
 * The auxiliary heads' first dense layer has an input for each of 4x4 pixels where the image has 224x224, and others
 * otherwise; below 65 pixels their pooling does not fit.
 */
export function buildGoogLeNet(options: GoogLeNetOptions): Architecture {
  const { variant = "paper", auxiliaryHeads = true, inputShape, classes } = options;
  const paper = variant === "paper";
  const unit = paper ? biasedUnit : normalisedUnit;
  const module = (row: GoogLeNetRow) => googLeNetModule(row, unit, paper ? 5 : 3);
  const blocks = [
    ...googLeNetModules.stage3.map(module),
    pooling("pool3", 3),
    ...googLeNetModules.stage4.map(module),
    pooling("pool4", paper ? 3 : 2),
    ...googLeNetModules.stage5.map(module),
  ];
  const after = (name: string) => blocks.findIndex((block) => block.name === name);
  return {
    name: `googlenet${paper ? "" : "-torchvision"}${auxiliaryHeads ? "" : "-without-heads"}`,
    inputShape,
    classes,
    stem: [
      ...unit("stem/convolution1", { filters: 64, size: 7, stride: 2 }),
      maxPool(3, 2, "same"),
      ...(paper ? [localResponseNormalisation] : []),
      ...unit("stem/convolution2-reduce", { filters: 64, size: 1 }),
      ...unit("stem/convolution2", { filters: 192 }),
      ...(paper ? [localResponseNormalisation] : []),
      maxPool(3, 2, "same"),
    ],
    blocks,
    head: [globalAveragePool, dropout("head/dropout", paper ? 0.4 : 0.2), dense("head/classifier", classes)],
    ...(auxiliaryHeads
      ? {
          exits: [
            auxiliaryHead("exit1", after("inception4a"), classes, unit),
            auxiliaryHead("exit2", after("inception4d"), classes, unit),
          ],
        }
      : {}),
  };
}

function googLeNetModule([suffix, one, three, five, pool]: GoogLeNetRow, unit: UnitBuilder, largeSize: number): Block {
  const name = `inception${suffix}`;
  return inceptionModule(
    name,
    unit(`${name}/1x1`, { filters: one, size: 1 }),
    [...unit(`${name}/3x3-reduce`, { filters: three[0], size: 1 }), ...unit(`${name}/3x3`, { filters: three[1] })],
    [
      ...unit(`${name}/5x5-reduce`, { filters: five[0], size: 1 }),
      ...unit(`${name}/5x5`, { filters: five[1], size: largeSize }),
    ],
    [maxPool(3, 1, 1), ...unit(`${name}/pool-projection`, { filters: pool, size: 1 })],
  );
}

/** Halves the image; a last row or column that has no partner counts alone. */
function pooling(name: string, size: number): Block {
  return plainBlock(name, [maxPool(size, 2, "same")]);
}

function auxiliaryHead(name: string, after: number, classes: number, unit: UnitBuilder): Exit {
  return {
    name,
    after,
    head: [
      averagePool(5, 3),
      ...unit(`${name}/projection`, { filters: 128, size: 1 }),
      flatten,
      dense(`${name}/hidden`, 1024, 2),
      relu,
      dropout(`${name}/dropout`, 0.7),
      dense(`${name}/classifier`, classes),
    ],
    lossWeight: 0.3,
  };
}

/** Which variant of BN-Inception. */
interface BnInceptionOptions extends BuilderOptions {
  /**
   * "paper": fig. 5, where the pooling branches of modules 4c and 4d have 96 filters. "port": the widely used Caffe and
   * PyTorch port, where they have 128 and each convolution keeps a bias beside its batch normalisation. "paper" by default.
   */
  readonly variant?: "paper" | "port";
}

/** A row of fig. 5; a module without a 1x1 convolution halves the image and passes its pooled input through. */
interface BnInceptionRow {
  readonly name: string;
  readonly one?: number;
  readonly three: readonly [reduced: number, filters: number];
  readonly double: readonly [reduced: number, filters: number];
  readonly pool?: readonly [kind: "average" | "max", filters: number];
}

/**
 * BN-Inception: GoogLeNet with batch normalisation and two 3x3 convolutions in place of each 5x5. Ten inception modules, each
 * a block; 3c and 4e halve height and width.
 *
 * For 224x224x3 and 1000 classes: 11,194,984 trainable parameters in the paper's layout, 11,295,240 in the port's.
 *
 * Departs from the paper in the first layer, which is an ordinary convolution as in the ports; the paper's is separable with
 * depth multiplier 8.
 */
export function buildBnInception(options: BnInceptionOptions): Architecture {
  const { variant = "paper", inputShape, classes } = options;
  const bias = variant === "port";
  const rows: readonly BnInceptionRow[] = [
    { name: "3a", one: 64, three: [64, 64], double: [64, 96], pool: ["average", 32] },
    { name: "3b", one: 64, three: [64, 96], double: [64, 96], pool: ["average", 64] },
    { name: "3c", three: [128, 160], double: [64, 96] },
    { name: "4a", one: 224, three: [64, 96], double: [96, 128], pool: ["average", 128] },
    { name: "4b", one: 192, three: [96, 128], double: [96, 128], pool: ["average", 128] },
    { name: "4c", one: 160, three: [128, 160], double: [128, 160], pool: ["average", bias ? 128 : 96] },
    { name: "4d", one: 96, three: [128, 192], double: [160, 192], pool: ["average", bias ? 128 : 96] },
    { name: "4e", three: [128, 192], double: [192, 256] },
    { name: "5a", one: 352, three: [192, 320], double: [160, 224], pool: ["average", 128] },
    { name: "5b", one: 352, three: [192, 320], double: [192, 224], pool: ["max", 128] },
  ];
  return {
    name: bias ? "bn-inception-port" : "bn-inception",
    inputShape,
    classes,
    stem: [
      ...unitChain("stem/convolution1", { filters: 64, size: 7, stride: 2, bias }),
      maxPool(3, 2, "same"),
      ...unitChain("stem/convolution2", { filters: 64, size: 1, bias }, { filters: 192, bias }),
      maxPool(3, 2, "same"),
    ],
    blocks: rows.map((row) => bnInceptionModule(row, bias)),
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

function bnInceptionModule({ name: suffix, one, three, double, pool }: BnInceptionRow, bias: boolean): Block {
  const name = `inception${suffix}`;
  const stride = one === undefined ? 2 : 1;
  const branches: Layer[][] = [
    unitChain(`${name}/3x3`, { filters: three[0], size: 1, bias }, { filters: three[1], stride, bias }),
    unitChain(
      `${name}/double-3x3`,
      { filters: double[0], size: 1, bias },
      { filters: double[1], bias },
      { filters: double[1], stride, bias },
    ),
  ];
  if (one !== undefined) branches.unshift(unitChain(`${name}/1x1`, { filters: one, size: 1, bias }));
  if (pool === undefined) branches.push([maxPool(3, 2, "same")]);
  else {
    const [kind, filters] = pool;
    const window = kind === "max" ? maxPool(3, 1, 1) : averagePool(3, 1, 1);
    branches.push([window, ...unitChain(`${name}/pool`, { filters, size: 1, bias })]);
  }
  return inceptionModule(name, ...branches);
}

/**
 * The inception module of the lecture's listing, with a classifier on it: three towers where the paper has four (Szegedy et
 * al. 2014, arXiv:1409.4842, fig. 2b), as the 1x1 convolution on its own is missing.
 *
 * Towers of 64 channels each side by side, 32x32x192 for 32x32x3, then a dense layer: 2,106,250 parameters with 10 classes,
 * of which 1,966,090 are the dense layer's.
 */
export function buildLectureInception({ inputShape, classes }: BuilderOptions): Architecture {
  const unit = (name: string, size: number) => [convolution(name, { filters: 64, size, bias: true }), relu];
  return {
    name: "lecture-inception",
    inputShape,
    classes,
    stem: [],
    blocks: [
      inceptionModule(
        "module",
        [...unit("module/tower1/convolution1", 1), ...unit("module/tower1/convolution2", 3)],
        [...unit("module/tower2/convolution1", 1), ...unit("module/tower2/convolution2", 5)],
        [maxPool(3, 1, "same"), ...unit("module/tower3/convolution", 1)],
      ),
    ],
    head: [flatten, dense("head/classifier", classes)],
  };
}

/** One convolution with what follows it, at an address. */
type UnitBuilder = (name: string, options: ConvolutionOptions) => Layer[];

/** Stride 2 without padding, which later inception networks halve the image by ("stride 2, V" in their figures). */
export const halving = { stride: 2, padding: "valid" } as const;

/** Convolution with bias, ReLU: the unit before batch normalisation (Szegedy et al. 2014). */
const biasedUnit: UnitBuilder = (name, options) => [
  convolution(`${name}/convolution`, { ...options, bias: true }),
  relu,
];

/** Convolution, batch normalisation with epsilon 1e-3 as in the released codes, ReLU. */
export const normalisedUnit: UnitBuilder = (name, options) => [
  convolution(`${name}/convolution`, options),
  { ...batchNormalisation(`${name}/normalisation`), epsilon: 1e-3 },
  relu,
];

/** Normalised units one after another: `name/unit1`, `name/unit2`, ... */
export function unitChain(name: string, ...units: readonly ConvolutionOptions[]): Layer[] {
  return units.flatMap((options, i) => normalisedUnit(`${name}/unit${i + 1}`, options));
}

/** Branches over one input side by side, as a block. */
export function inceptionModule(name: string, ...branches: readonly (readonly Layer[])[]): Block {
  return plainBlock(name, [concatenation(...branches)]);
}
