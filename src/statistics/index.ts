export { mean, median } from "./averages";
export { type BootstrapOptions, bootstrapInterval } from "./bootstrap-interval";
export type { Interval } from "./interval";
export { bySeed, perSeed, perSeedDifference, type Seeded } from "./per-seed";
export { intervalNumbers, intervalText, quantity, seedCount } from "./quantity";
export { averageRanks, spearman } from "./spearman";
