/**
 * The pre-activation networks for ImageNet, as Keras has them ("V2").
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, fig. 4(e) and sec. 5; Keras's `ResNet50V2` and its likes, where the
 * last block of a stage halves the picture, not the first of the next.
 */
import type { Architecture, Block, Layer } from "./architecture";
import { batchNormalisation, convolution, dense, globalAveragePool, maxPool, relu } from "./layers";

export interface ResNetV2Options {
  /** Layers with weights on the longest path: 50, 101 or 152. */
  readonly depth: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

const blocksPerStage: Readonly<Record<number, readonly number[]>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/**
 * A residual network of pre-activation bottlenecks in four stages.
 *
 * The first block of a stage projects the activations that its branch begins with: normalised and through the ReLU. Both
 * stand where the two branches still are one, at the end of the block before (or of the stem). The block that halves the
 * picture takes every second pixel on its shortcut.
 *
 * For 224x224x3 and 1000 classes 25,568,360 trainable parameters at depth 50, 60,236,904 at depth 152.
 *
 * @throws RangeError for another depth
 */
export function buildResNetV2({ depth, inputShape, classes }: ResNetV2Options): Architecture {
  const counts = blocksPerStage[depth];
  if (counts === undefined) {
    throw new RangeError(`ResNet V2 has ${Object.keys(blocksPerStage).join(", ")} layers, not ${depth}`);
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

/** Batch normalisation with Keras's constants, then the ReLU. */
function activation(name: string): Layer[] {
  return [{ ...batchNormalisation(name), epsilon: 1.001e-5, momentum: 0.01 }, relu];
}
