export { deletableBlocks, routeWithout, sampleBlocks, withoutBlocks } from "./deletion";
export {
  allLabels,
  type ClassifierOutputs,
  classifierError,
  classifierOutputs,
  classifyEarly,
  type EarlyClassification,
  type EarlyExitResult,
  earlyExit,
  exitCosts,
} from "./early-exit";
export {
  type EnsembleOptions,
  type EnsembleResult,
  ensembleErrors,
} from "./ensemble";
export { cellOptions, type EvaluateOptions, evaluate, type RouteResult, routeLogits, type Watched } from "./evaluate";
export {
  type LinearSoftmax,
  linearMaskDifference,
  type MaskEnsembleOptions,
  type MaskedResult,
  maskEnsembleErrors,
} from "./mask-ensemble";
export { type PathGradientOptions, pathGradientNorms } from "./path-gradients";
export { allPaths, pathCounts, pathLength, samplePath } from "./paths";
export { type BlockOrders, blockOrders, evenInversions, movableBlocks, reorderedRoute } from "./reordering";
export { coarsenedRoute, refinedRoute, routeWithStepSize } from "./step-size";
export { routeTrie, stepCount, type TrieNode } from "./trie";
