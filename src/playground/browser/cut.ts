/** A cut of a network: which of its blocks are deleted, and in which order they run. No drawing. */
import { type Architecture, blockShapes, type Route } from "../../networks";
import type { RandomStream } from "../../random";
import { deletableBlocks, movableBlocks, pathCounts, reorderedRoute, withoutBlocks } from "../../routes";
import { inversions, kendallTau } from "../../statistics";

/** What was done to a network. */
export interface Cut {
  /** Which block runs at each place. */
  readonly order: readonly number[];
  readonly deleted: ReadonlySet<number>;
}

/** What a network allows, and what does not change while it is cut. */
export interface Anatomy {
  readonly architecture: Architecture;
  readonly kind: "residual" | "plain" | "VGG-style";
  readonly deletable: ReadonlySet<number>;
  /** The group that each block moves within; none for a block that stays. */
  readonly group: ReadonlyMap<number, readonly number[]>;
  /** Blocks that change the shape. */
  readonly changesShape: ReadonlySet<number>;
  readonly stages: readonly Stage[];
}

/** Blocks that follow each other and have the first part of their names in common. */
interface Stage {
  readonly name: string;
  /** Of its last block's output: "16 channels of 14 × 14". */
  readonly shape: string;
  readonly blocks: readonly number[];
}

export function anatomyOf(architecture: Architecture): Anatomy {
  const { name, blocks } = architecture;
  const shapes = blockShapes(architecture);
  const stages: { name: string; shape: string; blocks: number[] }[] = [];
  blocks.forEach((block, i) => {
    const stage = inWords(block.name.split("/")[0]!);
    const shape = shapes[i + 1]!;
    const text = shape.length === 3 ? `${shape[2]} channels of ${shape[0]} × ${shape[1]}` : `${shape[0]} features`;
    const last = stages.at(-1);
    if (last?.name === stage) Object.assign(last, { shape: text, blocks: [...last.blocks, i] });
    else stages.push({ name: stage, shape: text, blocks: [i] });
  });
  const moving = movableBlocks(architecture).flatMap((group) => group.map((block) => [block, group] as const));
  const changing = blocks.flatMap((_, i) => (String(shapes[i]) === String(shapes[i + 1]) ? [] : [i]));
  return {
    architecture,
    kind: blocks.some(({ shortcut }) => shortcut !== null)
      ? "residual"
      : name.startsWith("vgg")
        ? "VGG-style"
        : "plain",
    deletable: new Set(deletableBlocks(architecture)),
    group: new Map(moving),
    changesShape: new Set(changing),
    stages,
  };
}

/** @example blockName("stage2/block1") // "stage 2, block 1" */
export function inWords(name: string): string {
  return name.replace(/([a-z])(\d)/g, "$1 $2").replaceAll("/", ", ");
}

export function intact({ blocks }: Architecture): Cut {
  return { order: blocks.map((_, i) => i), deleted: new Set() };
}

/** The cut with a block deleted that was there, or back that was deleted. */
export function toggled({ order, deleted }: Cut, block: number): Cut {
  const after = new Set(deleted);
  if (!after.delete(block)) after.add(block);
  return { order, deleted: after };
}

/**
 * The cut with a block moved to where another one runs, those between moving up; the same cut where the two are not of one group.
 */
export function moved({ group }: Anatomy, cut: Cut, block: number, to: number): Cut {
  if (block === to || !group.get(block)?.includes(to)) return cut;
  const target = cut.order.indexOf(to);
  const order = cut.order.filter((one) => one !== block);
  order.splice(target, 0, block);
  return { ...cut, order };
}

/** The block that runs just before (-1) or after (1) another of its group; null at the group's end. */
export function neighbour({ group }: Anatomy, { order }: Cut, block: number, step: -1 | 1): number | null {
  const other = order[order.indexOf(block) + step];
  return other !== undefined && group.get(block)?.includes(other) ? other : null;
}

/** @throws RangeError where no identity fits in a deleted block's place */
export function routeOf({ architecture }: Anatomy, { order, deleted }: Cut): Route {
  return withoutBlocks(reorderedRoute(architecture, order), deleted);
}

/** Kendall's tau of a cut's order and the network's own. */
export function tauOf({ order }: Cut): number {
  return order.length < 2
    ? 1
    : kendallTau(
        order.map((_, place) => place),
        order,
      );
}

/** Pairs of blocks that run the wrong way round. */
export function inversionsOf({ order }: Cut): number {
  return inversions(order);
}

/**
 * Paths of the intact network and those of them that a cut leaves, by length. A path that went through a deleted block is gone;
 * of a network without shortcuts that is its only one.
 */
export function paths(
  { architecture }: Anatomy,
  { deleted }: Cut,
): { readonly all: bigint[]; readonly left: bigint[] } {
  const { blocks } = architecture;
  const all = pathCounts(architecture);
  const isGone = blocks.some(({ shortcut }, i) => shortcut === null && deleted.has(i));
  const left = isGone ? [] : pathCounts({ blocks: blocks.filter((_, i) => !deleted.has(i)) });
  return { all, left: all.map((_, length) => left[length] ?? 0n) };
}

/** Draws for play: every visit has its own. */
export const chance: RandomStream = {
  uniform: () => Math.random(),
  integer: (bound) => Math.floor(Math.random() * bound),
  normal: () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  shuffle(values) {
    const list = values as { length: number; [index: number]: unknown };
    for (let last = list.length - 1; last > 0; last--) {
      const other = chance.integer(last + 1);
      [list[last], list[other]] = [list[other], list[last]];
    }
    return values;
  },
};
