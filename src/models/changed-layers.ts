import type { Architecture, Layer } from "./architecture";

/**
 * An architecture in which every list of layers is replaced: stem, branches and joins of blocks, heads of exits, and head.
 *
 * @param change given one list at a time; the branches inside a concatenation are its own to change
 */
export function changedLayers(
  architecture: Architecture,
  change: (layers: readonly Layer[]) => readonly Layer[],
): Architecture {
  return {
    ...architecture,
    stem: change(architecture.stem),
    blocks: architecture.blocks.map((block) => ({
      ...block,
      residual: change(block.residual),
      shortcut: block.shortcut === null ? null : change(block.shortcut),
      join: change(block.join),
    })),
    ...(architecture.exits && { exits: architecture.exits.map((exit) => ({ ...exit, head: change(exit.head) })) }),
    head: change(architecture.head),
  };
}
