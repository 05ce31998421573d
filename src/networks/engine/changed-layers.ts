import type { Architecture, Block, Layer } from "./architecture";

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

/**
 * The same architecture without batch normalisation: convolutions and dense layers get a bias in the place of its
 * offset, all else stays.
 *
 * @example withoutNormalisation(buildByName("vgg9", options)) // named "vgg9 without normalisation"
 */
export function withoutNormalisation(architecture: Architecture): Architecture {
  const { name, stem, blocks, head, exits } = architecture;
  return {
    ...architecture,
    name: `${name} without normalisation`,
    stem: bare(stem),
    blocks: blocks.map(
      (block): Block => ({
        ...block,
        residual: bare(block.residual),
        shortcut: block.shortcut === null ? null : bare(block.shortcut),
        join: bare(block.join),
      }),
    ),
    head: bare(head),
    ...(exits && { exits: exits.map((exit) => ({ ...exit, head: bare(exit.head) })) }),
  };
}

function bare(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer): Layer[] => {
    switch (layer.kind) {
      case "batch normalisation":
        return [];
      case "convolution":
      case "dense":
        return [{ ...layer, bias: true }];
      case "concatenation":
        return [{ ...layer, branches: layer.branches.map(bare) }];
      default:
        return [layer];
    }
  });
}
