export { deletableBlocks, drawBlocks, routeWithout } from "./deletion";
export { type EnsembleOptions, type EnsembleResult, ensembleErrors, expectedLogits } from "./ensemble";
export { type EvaluateOptions, evaluate, type RouteResult, routeLogits } from "./evaluate";
export { type PathGradientOptions, pathGradientNorms } from "./path-gradients";
export { type PathSum, sumOfPaths } from "./path-sums";
export { allPaths, drawPath, pathCounts, pathLength } from "./paths";
export { type BlockOrders, blockOrders, evenInversions, movableBlocks, reorderedRoute } from "./reordering";
export { routeTrie, stepCount, type TrieNode } from "./trie";
