/**
 * What studies need of a network that is put to them (`CustomNetworkUse.needs`): each says in a sentence what a network lacks, or
 * null. And what they have to know of it.
 */
import {
  type Architecture,
  type Block,
  blockShapes,
  keepsShape,
  placedLayers,
  registeredArchitecture,
} from "../networks";

/** A block that can be deleted: one whose output has its input's shape. */
export function needsBlocksThatKeepShape(architecture: Architecture): string | null {
  if (keepsShape(architecture).some((keeps) => keeps)) return null;
  const shapes = blockShapes(architecture);
  const blocks = architecture.blocks.map(({ name }, i) => `${name} makes [${shapes[i + 1]}] of [${shapes[i]}]`);
  const has = blocks.length === 0 ? "it has no blocks at all" : listed(blocks);
  return `${architecture.name} has no block that can be deleted, none whose output has its input's shape: ${has}`;
}

/** A shortcut in every block: paths past each. */
export function needsShortcuts(architecture: Architecture): string | null {
  return lacking(architecture, "a shortcut in every block", ({ shortcut }) => shortcut !== null);
}

/** Paths of several lengths: a shortcut in every block, and two blocks or more. */
export function needsPaths(architecture: Architecture): string | null {
  const { name, blocks } = architecture;
  if (blocks.length === 1) return `${name} has one block: paths of several lengths need two or more`;
  return needsShortcuts(architecture);
}

/** Blocks whose output is the sum of their branches: a shortcut, and nothing after the addition. */
export function needsBareSums(architecture: Architecture): string | null {
  const isSum = ({ shortcut, join }: Block) => shortcut !== null && join.length === 0;
  return lacking(architecture, "a shortcut and nothing after the addition in every block", isSum);
}

/** Batch normalisation somewhere. */
export function needsNormalisation(architecture: Architecture): string | null {
  const has = placedLayers(architecture).some(({ layer }) => layer.kind === "batch normalisation");
  return has ? null : `${architecture.name} has no batch normalisation`;
}

/**
 * Error (%) of guessing among as many classes of equal size as a network tells apart.
 *
 * @param network the name of a custom one, or of one of the project, which are run on ten classes
 */
export function chanceError(network: string): number {
  return 100 * (1 - 1 / (registeredArchitecture(network)?.classes ?? 10));
}

function lacking({ name, blocks }: Architecture, what: string, has: (block: Block) => boolean): string | null {
  if (blocks.length === 0) return `${name} needs ${what}; it has no blocks at all`;
  const without = blocks.filter((block) => !has(block)).map((block) => block.name);
  return without.length === 0 ? null : `${name} needs ${what}; it lacks it in ${listed(without)}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
