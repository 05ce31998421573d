/** The network of this project: residual blocks whose branch forks into a square kernel and a wide one. */
import {
  type Architecture,
  type Block,
  batchNormalisation,
  concatenation,
  convolution,
  convolutionUnit,
  dense,
  type Family,
  type FamilyOptions,
  globalAveragePool,
  relu,
} from "cnn-findings";

/**
 * Two stages of forked blocks, the second with half the height and width and twice the filters.
 *
 * @param options its depth is 4n + 2, for n blocks a stage of two layers each
 * @throws RangeError for another depth
 */
export function buildForkedNetwork({ depth, inputShape, classes, width = 8 }: FamilyOptions): Architecture {
  const perStage = (depth - 2) / 4;
  if (!Number.isInteger(perStage) || perStage < 1) {
    throw new RangeError(`a forked network needs depth 4n + 2 (6, 10, 14, ...), got ${depth}`);
  }
  const blocks = [width, 2 * width].flatMap((filters, stage) =>
    Array.from({ length: perStage }, (_, i) => {
      const widens = stage > 0 && i === 0;
      return forkedBlock(`stage${stage + 1}/block${i + 1}`, filters, widens);
    }),
  );
  return {
    name: `forked${depth}`,
    inputShape,
    classes,
    stem: convolutionUnit("stem", { filters: width }),
    blocks,
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

/** What the laws are tried on. */
export const forkedFamily: Family = {
  prefix: "forked",
  description: "residual network with forked branches",
  exampleDepths: [6, 10, 14],
  build: buildForkedNetwork,
};

/** What the experiments of cnn-findings ask for: this network for their images and classes. */
export default ({ inputShape, classes }: Pick<FamilyOptions, "inputShape" | "classes">): Architecture =>
  buildForkedNetwork({ depth: 14, inputShape, classes });

function forkedBlock(name: string, filters: number, widens: boolean): Block {
  const stride = widens ? 2 : 1;
  const fork = concatenation(
    [convolution(`${name}/square`, { filters, stride })],
    [convolution(`${name}/wide`, { filters, size: [1, 3], stride, padding: "same" })],
  );
  return {
    name,
    residual: [
      fork,
      batchNormalisation(`${name}/normalisation1`),
      relu,
      convolution(`${name}/join`, { filters, size: 1 }),
      batchNormalisation(`${name}/normalisation2`),
    ],
    shortcut: widens ? [convolution(`${name}/projection`, { filters, size: 1, stride, padding: 0, gain: 1 })] : [],
    join: [relu],
  };
}
