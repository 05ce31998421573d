/** The distinct ones of some numbers, upwards. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
