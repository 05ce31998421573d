/**
 * Inception v3: convolutions factorised into smaller and one-sided ones.
 *
 * Source: Szegedy et al. 2015, arXiv:1512.00567, table 1 and figs. 5 to 7, 10; filters as in the authors' released code,
 * which Keras and torchvision follow.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import { halving, inceptionModule, normalisedUnit, unitChain } from "./inception";
import { averagePool, type BuilderOptions, concatenation, dense, dropout, globalAveragePool, maxPool } from "./layers";

/** Which Inception v3. */
interface InceptionV3Options extends BuilderOptions {
  /** The batch-normalised classifier after the last module on 17x17 pixels (fig. 8); present by default. */
  readonly auxiliaryHead?: boolean;
}

/**
 * Inception v3: three modules on 35x35 pixels, four on 17x17, two on 8x8, and a reduction between; each is a block.
 *
 * For 299x299x3 and 1000 classes: 23,834,568 trainable parameters, 27,161,264 with the auxiliary head (torchvision). Keras
 * omits the scales of batch normalisation: 23,817,352.
 *
 * Departs from the paper's table 1, as the released code does, in the stem (1x1 convolution to 80, 3x3 to 192, a second
 * pooling) and in one module less on 17x17 pixels.
 */
export function buildInceptionV3(options: InceptionV3Options): Architecture {
  const { auxiliaryHead = true, inputShape, classes } = options;
  const blocks = [
    ...[32, 64, 64].map((pool, i) => squareModule(`inception-a/block${i + 1}`, pool)),
    reductionA("reduction-a"),
    ...[128, 160, 160, 192].map((filters, i) => oneSidedModule(`inception-b/block${i + 1}`, filters)),
    reductionB("reduction-b"),
    ...[1, 2].map((i) => expandedModule(`inception-c/block${i}`)),
  ];
  return {
    name: auxiliaryHead ? "inception-v3" : "inception-v3-without-head",
    inputShape,
    classes,
    stem: inceptionStem(),
    blocks,
    head: [globalAveragePool, dropout("head/dropout", 0.5), dense("head/classifier", classes)],
    ...(auxiliaryHead
      ? {
          exits: [
            {
              name: "exit1",
              after: blocks.findIndex(({ name }) => name === "inception-b/block4"),
              head: [
                averagePool(5, 3),
                ...normalisedUnit("exit1/projection", { filters: 128, size: 1 }),
                ...normalisedUnit("exit1/hidden", { filters: 768, size: 5, padding: "valid" }),
                globalAveragePool, // of one pixel where the image has 299
                dense("exit1/classifier", classes),
              ],
              lossWeight: 0.4,
            },
          ],
        }
      : {}),
  };
}

/** 299x299x3 to 35x35x192: five convolutions and two poolings. The released Inception-ResNet v2 begins with them, too. */
export function inceptionStem(): Layer[] {
  return [
    ...normalisedUnit("stem/convolution1", { filters: 32, ...halving }),
    ...normalisedUnit("stem/convolution2", { filters: 32, padding: "valid" }),
    ...normalisedUnit("stem/convolution3", { filters: 64 }),
    maxPool(3, 2),
    ...normalisedUnit("stem/convolution4", { filters: 80, size: 1 }),
    ...normalisedUnit("stem/convolution5", { filters: 192, padding: "valid" }),
    maxPool(3, 2),
  ];
}

/** Fig. 5, its 5x5 kept in one of the branches. */
function squareModule(name: string, pool: number): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 64, size: 1 }),
    unitChain(`${name}/5x5`, { filters: 48, size: 1 }, { filters: 64, size: 5 }),
    unitChain(`${name}/double-3x3`, { filters: 64, size: 1 }, { filters: 96 }, { filters: 96 }),
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: pool, size: 1 })],
  );
}

/** Fig. 10: 35x35 to 17x17 pixels without a bottleneck of representation. */
function reductionA(name: string): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/3x3`, { filters: 384, ...halving }),
    unitChain(`${name}/double-3x3`, { filters: 64, size: 1 }, { filters: 96 }, { filters: 96, ...halving }),
    [maxPool(3, 2)],
  );
}

/** Fig. 6 with n = 7. */
function oneSidedModule(name: string, filters: number): Block {
  const row = [1, 7] as const;
  const column = [7, 1] as const;
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 192, size: 1 }),
    unitChain(`${name}/7x7`, { filters, size: 1 }, { filters, size: row }, { filters: 192, size: column }),
    unitChain(
      `${name}/double-7x7`,
      { filters, size: 1 },
      { filters, size: column },
      { filters, size: row },
      { filters, size: column },
      { filters: 192, size: row },
    ),
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: 192, size: 1 })],
  );
}

function reductionB(name: string): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/3x3`, { filters: 192, size: 1 }, { filters: 320, ...halving }),
    unitChain(
      `${name}/7x7`,
      { filters: 192, size: 1 },
      { filters: 192, size: [1, 7] },
      { filters: 192, size: [7, 1] },
      { filters: 192, ...halving },
    ),
    [maxPool(3, 2)],
  );
}

/** Fig. 7: the filter bank expanded by a row and a column kernel side by side. */
function expandedModule(name: string): Block {
  const pair = (of: string) =>
    concatenation(
      normalisedUnit(`${of}/row`, { filters: 384, size: [1, 3] }),
      normalisedUnit(`${of}/column`, { filters: 384, size: [3, 1] }),
    );
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 320, size: 1 }),
    [...unitChain(`${name}/3x3`, { filters: 384, size: 1 }), pair(`${name}/3x3`)],
    [...unitChain(`${name}/double-3x3`, { filters: 448, size: 1 }, { filters: 384 }), pair(`${name}/double-3x3`)],
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: 192, size: 1 })],
  );
}
