export { deletableBlocks, drawBlocks, routeWithout } from "./deletion";
export { type EnsembleOptions, type EnsembleResult, ensembleErrors, expectedLogits } from "./ensemble";
export { type EvaluateOptions, evaluate, type RouteResult, routeLogits } from "./evaluate";
export { type BlockOrders, blockOrders, evenInversions, movableBlocks, reorderedRoute } from "./reordering";
export { routeTrie, stepCount, type TrieNode } from "./trie";
