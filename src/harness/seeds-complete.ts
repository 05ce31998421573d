import type { Setting } from "./experiment";

/** The seeds all of whose cells are measured, in order. */
export function completeSeeds(
  seeds: readonly number[],
  cells: readonly { readonly id: string; readonly cell: Setting }[],
  isMeasured: (id: string) => boolean,
): number[] {
  return seeds.filter((seed) => cells.filter(({ cell }) => cell.seed === seed).every(({ id }) => isMeasured(id)));
}

/** The leading seeds that are complete: an interim verdict rests on seeds 1 to n, not on whichever came first. */
export function leadingSeeds(seeds: readonly number[], complete: readonly number[]): number[] {
  const firstMissing = seeds.findIndex((seed) => !complete.includes(seed));
  return firstMissing < 0 ? [...seeds] : seeds.slice(0, firstMissing);
}
