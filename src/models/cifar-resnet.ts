/**
 * The residual networks for small pictures and the plain networks beside them.
 *
 * Source: He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2; the pre-activation block: He et al. 2016,
 * arXiv:1603.05027, fig. 1(b).
 */
import type { Architecture, Block, Layer } from "./architecture";
import { batchNormalisation, convolution, convolutionUnit, dense, globalAveragePool, relu } from "./layers";

export interface CifarResNetOptions {
  /** Layers with weights on the longest path: 6n + 2. */
  readonly depth: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Filters of the first stage; the later stages have twice and four times as many. 16 in the paper. */
  readonly width?: number;
  /** Where the shape changes: A subsamples and pads with zeros, B projects by a 1x1 convolution. A in the paper. */
  readonly shortcuts?: "A" | "B";
  /** Batch normalisation and ReLU before each convolution, and nothing after the addition (He et al. 2016). */
  readonly preActivation?: boolean;
}

/**
 * A residual network of 3n blocks of two 3x3 convolutions in three stages; height and width halve between stages.
 *
 * For 32x32x3 and 10 classes: 269,722 trainable parameters at depth 20, 1,727,962 at depth 110 (option A).
 *
 * @throws RangeError when the depth is not 6n + 2
 */
export function buildCifarResNet(options: CifarResNetOptions): Architecture {
  const { depth, width = 16, shortcuts = "A", preActivation = false } = options;
  const blocksPerStage = stageLength(depth, "residual network");
  const blocks = [width, 2 * width, 4 * width].flatMap((filters, stage) =>
    range(blocksPerStage).map((i): Block => {
      const name = `stage${stage + 1}/block${i + 1}`;
      const stride = stage > 0 && i === 0 ? 2 : 1; // the first block of a later stage halves height and width
      const shortcut = stride === 1 ? [] : downsamplingShortcut(name, filters, shortcuts, preActivation);
      return preActivation
        ? { name, residual: preActivationBranch(name, filters, stride), shortcut, join: [] }
        : { name, residual: originalBranch(name, filters, stride), shortcut, join: [relu] };
    }),
  );
  return {
    name: `${preActivation ? "preactivation-" : ""}${shortcuts === "B" ? "projection-" : ""}resnet${depth}`,
    inputShape: options.inputShape,
    classes: options.classes,
    stem: preActivation
      ? [convolution("stem/convolution", { filters: width })]
      : convolutionUnit("stem", { filters: width }),
    blocks,
    head: [
      ...(preActivation ? [batchNormalisation("head/normalisation"), relu] : []),
      globalAveragePool,
      dense("head/classifier", options.classes),
    ],
  };
}

export type PlainNetOptions = Omit<CifarResNetOptions, "shortcuts" | "preActivation">;

/**
 * The plain network of the same depth: the same layers in the same order without shortcuts.
 *
 * Each block is one layer (convolution, batch normalisation, ReLU), because a layer is what the studies delete from
 * networks without skips. Parameters equal those of the residual network with option A.
 *
 * @throws RangeError when the depth is not 6n + 2
 */
export function buildPlainNet({ depth, width = 16, inputShape, classes }: PlainNetOptions): Architecture {
  const layersPerStage = 2 * stageLength(depth, "plain network");
  return {
    name: `plain${depth}`,
    inputShape,
    classes,
    stem: convolutionUnit("stem", { filters: width }),
    blocks: [width, 2 * width, 4 * width].flatMap((filters, stage) =>
      range(layersPerStage).map((i): Block => {
        const name = `stage${stage + 1}/block${i + 1}`;
        const stride = stage > 0 && i === 0 ? 2 : 1;
        return { name, residual: convolutionUnit(name, { filters, stride }), shortcut: null, join: [] };
      }),
    ),
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

function originalBranch(name: string, filters: number, stride: number): Layer[] {
  return [
    convolution(`${name}/convolution1`, { filters, stride }),
    batchNormalisation(`${name}/normalisation1`),
    relu,
    convolution(`${name}/convolution2`, { filters }),
    batchNormalisation(`${name}/normalisation2`),
  ];
}

function preActivationBranch(name: string, filters: number, stride: number): Layer[] {
  return [
    batchNormalisation(`${name}/normalisation1`),
    relu,
    convolution(`${name}/convolution1`, { filters, stride }),
    batchNormalisation(`${name}/normalisation2`),
    relu,
    convolution(`${name}/convolution2`, { filters }),
  ];
}

function downsamplingShortcut(name: string, filters: number, option: "A" | "B", preActivation: boolean): Layer[] {
  if (option === "A") return [{ kind: "subsample and pad", stride: 2, channels: filters }];
  const projection = convolution(`${name}/projection`, { filters, size: 1, stride: 2, padding: 0, gain: 1 });
  return preActivation ? [projection] : [projection, batchNormalisation(`${name}/projection-normalisation`)];
}

function stageLength(depth: number, what: string): number {
  const blocksPerStage = (depth - 2) / 6;
  if (!Number.isInteger(blocksPerStage) || blocksPerStage < 1) {
    throw new RangeError(`a ${what} for small pictures needs depth 6n + 2 (8, 14, 20, 32, ...), got ${depth}`);
  }
  return blocksPerStage;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
