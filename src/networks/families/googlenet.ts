/**
 * GoogLeNet, the first inception network (Inception v1).
 *
 * Source: Szegedy et al. 2014, arXiv:1409.4842, table 1 and fig. 3.
 */
import type { Architecture, Block, Exit } from "../engine/architecture";
import { biasedUnit, type InceptionOptions, normalisedUnit, type UnitBuilder } from "./inception-units";
import {
  averagePool,
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

export interface GoogLeNetOptions extends InceptionOptions {
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
type ModuleRow = readonly [
  name: string,
  one: number,
  three: readonly [reduced: number, filters: number],
  five: readonly [reduced: number, filters: number],
  pool: number,
];

const modules = {
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
} as const satisfies Record<string, readonly ModuleRow[]>;

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
  const module = (row: ModuleRow) => inceptionModule(row, unit, paper ? 5 : 3);
  const blocks = [
    ...modules.stage3.map(module),
    pooling("pool3", 3),
    ...modules.stage4.map(module),
    pooling("pool4", paper ? 3 : 2),
    ...modules.stage5.map(module),
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

function inceptionModule([suffix, one, three, five, pool]: ModuleRow, unit: UnitBuilder, largeSize: number): Block {
  const name = `inception${suffix}`;
  return plainBlock(name, [
    concatenation(
      unit(`${name}/1x1`, { filters: one, size: 1 }),
      [
        ...unit(`${name}/3x3-reduce`, { filters: three[0], size: 1 }),
        ...unit(`${name}/3x3`, { filters: three[1], size: 3 }),
      ],
      [
        ...unit(`${name}/5x5-reduce`, { filters: five[0], size: 1 }),
        ...unit(`${name}/5x5`, { filters: five[1], size: largeSize }),
      ],
      [maxPool(3, 1, 1), ...unit(`${name}/pool-projection`, { filters: pool, size: 1 })],
    ),
  ]);
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

/**
 * The inception module of the lecture's listing, with a classifier on it.
 *
 * Three towers where the paper has four (Szegedy et al. 2014, arXiv:1409.4842, fig. 2b): the 1x1 convolution on its own is
 * missing.
 */

export interface LectureInceptionOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/**
 * Towers of 64 channels each side by side, 32x32x192 for 32x32x3, then a dense layer: 2,106,250 parameters with 10 classes,
 * of which 1,966,090 are the dense layer's.
 */
export function buildLectureInception({ inputShape, classes }: LectureInceptionOptions): Architecture {
  const unit = (name: string, size: number) => [convolution(name, { filters: 64, size, bias: true }), relu];
  return {
    name: "lecture-inception",
    inputShape,
    classes,
    stem: [],
    blocks: [
      plainBlock("module", [
        concatenation(
          [...unit("module/tower1/convolution1", 1), ...unit("module/tower1/convolution2", 3)],
          [...unit("module/tower2/convolution1", 1), ...unit("module/tower2/convolution2", 5)],
          [maxPool(3, 1, "same"), ...unit("module/tower3/convolution", 1)],
        ),
      ]),
    ],
    head: [flatten, dense("head/classifier", classes)],
  };
}
