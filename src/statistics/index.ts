/** Intervals, averages over seeds, rank correlations, lines, distributions; numbers in words. */
export { ascending, largest, mean, median, smallest, sum } from "./averages";
export { binomialCoefficient, binomialProbabilities } from "./binomial";
export { chiSquaredTail, goodnessOfFit } from "./chi-squared";
export { DegenerateSample } from "./degenerate-sample";
export { firstCrossing } from "./first-crossing";
export { inversions, kendallTau } from "./kendall-tau";
export { type LinearFit, linearFit } from "./linear-fit";
export { massInterval } from "./mass-interval";
export { type Interval, meanInterval } from "./mean-interval";
export { bySeed, perSeed, perSeedDifference, type Seeded } from "./per-seed";
export { intervalNumbers, intervalText, quantity, seedCount } from "./quantity";
export { averageRanks, spearman, spearmanOrZero } from "./spearman";
