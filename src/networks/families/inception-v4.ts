/**
 * Inception v4: uniform modules, more of them, and a stem with branches.
 *
 * Source: Szegedy, Ioffe, Vanhoucke & Alemi 2016, arXiv:1602.07261, figs. 3 to 9 and table 1.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import { halving, inceptionModule, normalisedUnit, unitChain } from "./inception";
import { averagePool, type BuilderOptions, concatenation, dense, dropout, globalAveragePool, maxPool } from "./layers";

const row = [1, 7] as const;
const column = [7, 1] as const;

/**
 * Inception v4: four modules on 35x35 pixels, seven on 17x17, three on 8x8, and a reduction between; each is a block.
 *
 * For 299x299x3 and 1000 classes: 42,679,816 trainable parameters. All modules of a kind are alike and keep their shape.
 */
export function buildInceptionV4({ inputShape, classes }: BuilderOptions): Architecture {
  return {
    name: "inception-v4",
    inputShape,
    classes,
    stem: branchedStem(),
    blocks: [
      ...[1, 2, 3, 4].map((i) => moduleA(`inception-a/block${i}`)),
      reductionA("reduction-a", { k: 192, l: 224, m: 256, n: 384 }),
      ...[1, 2, 3, 4, 5, 6, 7].map((i) => moduleB(`inception-b/block${i}`)),
      reductionB("reduction-b"),
      ...[1, 2, 3].map((i) => moduleC(`inception-c/block${i}`)),
    ],
    head: [globalAveragePool, dropout("head/dropout", 0.2), dense("head/classifier", classes)],
  };
}

/** Fig. 3: 299x299x3 to 35x35x384. Inception-ResNet v2 of the paper begins with it, too. */
export function branchedStem(): Layer[] {
  return [
    ...normalisedUnit("stem/convolution1", { filters: 32, ...halving }),
    ...normalisedUnit("stem/convolution2", { filters: 32, padding: "valid" }),
    ...normalisedUnit("stem/convolution3", { filters: 64 }),
    concatenation([maxPool(3, 2)], unitChain("stem/halving1", { filters: 96, ...halving })), // 73x73x160
    concatenation(
      unitChain("stem/3x3", { filters: 64, size: 1 }, { filters: 96, padding: "valid" }),
      unitChain(
        "stem/7x7",
        { filters: 64, size: 1 },
        { filters: 64, size: row },
        { filters: 64, size: column },
        { filters: 96, padding: "valid" },
      ),
    ), // 71x71x192
    concatenation(unitChain("stem/halving2", { filters: 192, ...halving }), [maxPool(3, 2)]),
  ];
}

/** Filters of the reduction from 35x35 to 17x17 pixels: table 1's columns. */
interface ReductionFilters {
  readonly k: number;
  readonly l: number;
  readonly m: number;
  readonly n: number;
}

/** Fig. 7, for all three networks of the paper. */
export function reductionA(name: string, { k, l, m, n }: ReductionFilters): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/3x3`, { filters: n, ...halving }),
    unitChain(`${name}/double-3x3`, { filters: k, size: 1 }, { filters: l }, { filters: m, ...halving }),
    [maxPool(3, 2)],
  );
}

/** Fig. 4: 35x35x384. */
function moduleA(name: string): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 96, size: 1 }),
    unitChain(`${name}/3x3`, { filters: 64, size: 1 }, { filters: 96 }),
    unitChain(`${name}/double-3x3`, { filters: 64, size: 1 }, { filters: 96 }, { filters: 96 }),
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: 96, size: 1 })],
  );
}

/** Fig. 5: 17x17x1024. */
function moduleB(name: string): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 384, size: 1 }),
    unitChain(`${name}/7x7`, { filters: 192, size: 1 }, { filters: 224, size: row }, { filters: 256, size: column }),
    unitChain(
      `${name}/double-7x7`,
      { filters: 192, size: 1 },
      { filters: 192, size: column },
      { filters: 224, size: row },
      { filters: 224, size: column },
      { filters: 256, size: row },
    ),
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: 128, size: 1 })],
  );
}

/** Fig. 8: 17x17x1024 to 8x8x1536. */
function reductionB(name: string): Block {
  return inceptionModule(
    name,
    unitChain(`${name}/3x3`, { filters: 192, size: 1 }, { filters: 192, ...halving }),
    unitChain(
      `${name}/7x7`,
      { filters: 256, size: 1 },
      { filters: 256, size: row },
      { filters: 320, size: column },
      { filters: 320, ...halving },
    ),
    [maxPool(3, 2)],
  );
}

/** Fig. 6: 8x8x1536. */
function moduleC(name: string): Block {
  const pair = (of: string) =>
    concatenation(
      normalisedUnit(`${of}/row`, { filters: 256, size: [1, 3] }),
      normalisedUnit(`${of}/column`, { filters: 256, size: [3, 1] }),
    );
  return inceptionModule(
    name,
    unitChain(`${name}/1x1`, { filters: 256, size: 1 }),
    [...unitChain(`${name}/3x3`, { filters: 384, size: 1 }), pair(`${name}/3x3`)],
    [
      ...unitChain(
        `${name}/double-3x3`,
        { filters: 384, size: 1 },
        { filters: 448, size: [3, 1] },
        { filters: 512, size: [1, 3] },
      ),
      pair(`${name}/double-3x3`),
    ],
    [averagePool(3, 1, 1), ...unitChain(`${name}/pool`, { filters: 256, size: 1 })],
  );
}
