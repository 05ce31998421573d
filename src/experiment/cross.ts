/** One choice out of each list. */
export type Crossed<Lists extends Readonly<Record<string, readonly unknown[]>>> = {
  -readonly [Name in keyof Lists]: Lists[Name][number];
};

/**
 * Every combination of the lists' values, the first list varying slowest.
 *
 * Name `seed` first, so that all cells of the first seed run before those of the second and an interim verdict comes
 * early.
 *
 * @example cross({ seed: [1, 2], network: ["resnet", "plain"] }) // 4 cells: both networks of seed 1, then of seed 2
 */
export function cross<const Lists extends Readonly<Record<string, readonly unknown[]>>>(
  lists: Lists,
): Crossed<Lists>[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(lists)) {
    combinations = combinations.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return combinations as Crossed<Lists>[];
}
