/**
 * BN-Inception (Inception v2): GoogLeNet with batch normalisation and two 3x3 convolutions in place of each 5x5.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, appendix, fig. 5.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import { type InceptionOptions, unitChain } from "./inception-units";
import { averagePool, concatenation, dense, globalAveragePool, maxPool, plainBlock } from "./layers";

export interface BnInceptionOptions extends InceptionOptions {
  /**
   * "paper": fig. 5, where the pooling branches of modules 4c and 4d have 96 filters. "port": the widely used Caffe and
   * PyTorch port, where they have 128 and each convolution keeps a bias beside its batch normalisation. "paper" by default.
   */
  readonly variant?: "paper" | "port";
}

/** A row of fig. 5; a module without 1x1 convolution halves the image and passes its pooled input through. */
interface ModuleRow {
  readonly name: string;
  readonly one?: number;
  readonly three: readonly [reduced: number, filters: number];
  readonly double: readonly [reduced: number, filters: number];
  readonly pool?: readonly [kind: "average" | "max", filters: number];
}

/**
 * BN-Inception: ten inception modules, each a block; 3c and 4e halve height and width.
 *
 * For 224x224x3 and 1000 classes: 11,194,984 trainable parameters in the paper's layout, 11,295,240 in the port's.
 *
 * Departs from the paper in the first layer, which is an ordinary convolution as in the ports; the paper's is separable with
 * depth multiplier 8.
 */
export function buildBnInception(options: BnInceptionOptions): Architecture {
  const { variant = "paper", inputShape, classes } = options;
  const bias = variant === "port";
  const rows: readonly ModuleRow[] = [
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
    blocks: rows.map((row) => inceptionModule(row, bias)),
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

function inceptionModule({ name: suffix, one, three, double, pool }: ModuleRow, bias: boolean): Block {
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
  return plainBlock(name, [concatenation(...branches)]);
}
