/** Many routes through one network: their errors at once, deletions, reorderings, ensembles, paths, early exits. */
export { deletableBlocks, routeWithout, sampleBlocks, withoutBlocks } from "./deletion";
export {
  allLabels,
  type ClassifierOutputs,
  classifierError,
  classifierOutputs,
  classifyEarly,
  earlyExit,
  exitCosts,
} from "./early-exit";
export { ensembleErrors } from "./ensemble";
export { cellOptions, type EvaluateOptions, evaluate, type RouteResult, routeLogits, type Watched } from "./evaluate";
export { linearMaskDifference, maskEnsembleErrors } from "./mask-ensemble";
export { pathGradientNorms } from "./path-gradients";
export { allPaths, pathCounts, pathLength, samplePath } from "./paths";
export { type BlockOrders, blockOrders, evenInversions, movableBlocks, reorderedRoute } from "./reordering";
export { coarsenedRoute, refinedRoute, routeWithStepSize } from "./step-size";
export { routeTrie, stepCount, type TrieNode } from "./trie";
