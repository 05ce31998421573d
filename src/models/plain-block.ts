import type { Block, Layer } from "./architecture";

/** A block of a network without skips: its layers, one after another. */
export function plainBlock(name: string, residual: readonly Layer[]): Block {
  return { name, residual, shortcut: null, join: [] };
}
