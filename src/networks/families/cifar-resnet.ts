/**
 * The residual networks for small images and the plain networks beside them.
 *
 * Source: He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2; the pre-activation block: He et al. 2016,
 * arXiv:1603.05027, fig. 1(b).
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import {
  type BuilderOptions,
  batchNormalisation,
  convolution,
  convolutionUnit,
  dense,
  globalAveragePool,
  relu,
} from "./layers";

/** Which residual network for small images. */
export interface CifarResNetOptions extends BuilderOptions {
  /** Layers with weights on the longest path: 6n + 2, or 9n + 2 with bottleneck blocks. */
  readonly depth: number;
  /** Filters of the first stage; the later stages have twice and four times as many. 16 in the paper. */
  readonly width?: number;
  /** Where the shape changes: A subsamples and pads with zeros, B projects by a 1x1 convolution. A in the paper. */
  readonly shortcuts?: "A" | "B";
  /** Batch normalisation and ReLU before each convolution, and nothing after the addition (He et al. 2016). */
  readonly preActivation?: boolean;
  /**
   * Blocks of 1x1, 3x3 and 1x1 convolutions, the last with four times the filters of the others: the networks of 164 and
   * 1001 layers (He et al. 2016). Their shortcuts are projections wherever the shape changes, in the first block too.
   */
  readonly bottleneck?: boolean;
}

/**
 * A residual network of 3n blocks in three stages, of two 3x3 convolutions each or bottlenecks; height and width halve
 * between stages.
 *
 * For 32x32x3 and 10 classes: 269,722 trainable parameters at depth 20, 1,727,962 at depth 110 (option A); with bottlenecks
 * in pre-activation form 1,703,258 at depth 164 and 10,327,706 at depth 1001.
 *
 * Departs from He et al. 2016 in the first block of each stage of a pre-activation network with projections: there the
 * projection takes the normalised activations, here the block's input itself, so that every shortcut is linear.
 *
 * @throws RangeError when the depth is not 6n + 2, or 9n + 2 with bottlenecks
 */
export function buildCifarResNet(options: CifarResNetOptions): Architecture {
  const { depth, width = 16, preActivation = false, bottleneck = false } = options;
  const shortcuts = bottleneck ? "B" : (options.shortcuts ?? "A");
  const blocksPerStage = stageLength(depth, "residual network", bottleneck ? 9 : 6);
  const branch = bottleneck
    ? preActivation
      ? preActivationBottleneck
      : originalBottleneck
    : preActivation
      ? preActivationBranch
      : originalBranch;
  const blocks = [width, 2 * width, 4 * width].flatMap((filters, stage) =>
    range(blocksPerStage).map((i): Block => {
      const name = `stage${stage + 1}/block${i + 1}`;
      const stride = stage > 0 && i === 0 ? 2 : 1; // the first block of a later stage halves height and width
      const changesShape = i === 0 && (stage > 0 || bottleneck);
      const shortcut = changesShape
        ? widening(name, { filters: bottleneck ? 4 * filters : filters, stride, shortcuts, preActivation })
        : [];
      return { name, residual: branch(name, filters, stride), shortcut, join: preActivation ? [] : [relu] };
    }),
  );
  const kind = bottleneck ? "bottleneck-" : shortcuts === "B" ? "projection-" : "";
  return {
    name: `${preActivation ? "preactivation-" : ""}${kind}resnet${depth}`,
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

/** Which plain network. */
export type PlainNetOptions = Omit<CifarResNetOptions, "shortcuts" | "preActivation" | "bottleneck">;

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

function originalBottleneck(name: string, filters: number, stride: number): Layer[] {
  return [
    convolution(`${name}/convolution1`, { filters, size: 1 }),
    batchNormalisation(`${name}/normalisation1`),
    relu,
    convolution(`${name}/convolution2`, { filters, stride }),
    batchNormalisation(`${name}/normalisation2`),
    relu,
    convolution(`${name}/convolution3`, { filters: 4 * filters, size: 1 }),
    batchNormalisation(`${name}/normalisation3`),
  ];
}

function preActivationBottleneck(name: string, filters: number, stride: number): Layer[] {
  return [
    batchNormalisation(`${name}/normalisation1`),
    relu,
    convolution(`${name}/convolution1`, { filters, size: 1 }),
    batchNormalisation(`${name}/normalisation2`),
    relu,
    convolution(`${name}/convolution2`, { filters, stride }),
    batchNormalisation(`${name}/normalisation3`),
    relu,
    convolution(`${name}/convolution3`, { filters: 4 * filters, size: 1 }),
  ];
}

/** The shortcut of a block that has more filters than its input, and half its height and width at stride 2. */
function widening(
  name: string,
  given: { filters: number; stride: number; shortcuts: "A" | "B"; preActivation: boolean },
): Layer[] {
  const { filters, stride, shortcuts, preActivation } = given;
  if (shortcuts === "A") return [{ kind: "subsample and pad", stride, channels: filters }];
  const projection = convolution(`${name}/projection`, { filters, size: 1, stride, padding: 0, gain: 1 });
  return preActivation ? [projection] : [projection, batchNormalisation(`${name}/projection-normalisation`)];
}

/** @param layers layers that one more block in each of the three stages adds */
function stageLength(depth: number, what: string, layers = 6): number {
  const blocksPerStage = (depth - 2) / layers;
  if (!Number.isInteger(blocksPerStage) || blocksPerStage < 1) {
    const examples = layers === 6 ? "8, 14, 20, 32, ..." : "11, 20, 29, 164, ...";
    throw new RangeError(`a ${what} for small images needs depth ${layers}n + 2 (${examples}), got ${depth}`);
  }
  return blocksPerStage;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
