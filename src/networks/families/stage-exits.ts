/**
 * Classifiers on the way: early exits, and the auxiliary heads of training.
 *
 * Sources: Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686, sec. III (a convolution and a classifier a branch);
 * Szegedy et al. 2014, arXiv:1409.4842, sec. 5 (auxiliary heads, of weight 0.3 in training).
 */

import type { Architecture, Exit } from "../engine/architecture";
import { convolutionUnit, dense, globalAveragePool } from "./layers";

/** How the exits are built. */
export interface StageExitOptions {
  /** What each exit's loss weighs in training beside the last head's 1; 0.3 in GoogLeNet. */
  readonly lossWeight: number;
  /** Filters of each exit's convolution. */
  readonly filters: number;
}

/**
 * A network with a classifier after each of its stages but the last, whose head it has already: `exit1`, `exit2`, ... Each is
 * a 3x3 convolution of stride 2 with normalisation and ReLU, a mean over the image, and a dense layer.
 *
 * Stages are told by the blocks' names, `stage1/...`. Of ResNet-32 with 16 filters on 32x32x3 and 10 classes the exits of 64
 * filters add 29,204 trainable parameters to 464,154, and 5 % of its multiply-accumulates.
 *
 * @throws RangeError when the network has fewer than two stages
 */
export function withStageExits(architecture: Architecture, { lossWeight, filters }: StageExitOptions): Architecture {
  const { name, blocks, classes } = architecture;
  const stages = blocks.map((block) => block.name.split("/")[0]!);
  const exits = stages.flatMap((stage, after): Exit[] => {
    if (after === stages.length - 1 || stage === stages[after + 1]) return [];
    const exit = `exit${new Set(stages.slice(0, after + 1)).size}`;
    const head = [
      ...convolutionUnit(exit, { filters, stride: 2 }),
      globalAveragePool,
      dense(`${exit}/classifier`, classes),
    ];
    return [{ name: exit, after, head, lossWeight }];
  });
  if (exits.length === 0) throw new RangeError(`${name} has one stage: there is no place for an exit`);
  return { ...architecture, name: `${name}-with-exits`, exits };
}
