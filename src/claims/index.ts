export type { Claim, ClaimGroup, Condition, Judgement, Verdict } from "./claim";
export {
  blockOutputsSumUp,
  deeperPlainNetsTrainWorse,
  depthCostsPlainNetsMore,
  gradientsExplodeUnderLargeWeights,
  gradientsShatter,
  gradientsVanishInPlainNets,
  normalisedGradientsShatter,
  normalisedPlainNetsExplode,
  preActivationLetsDeepNetsTrain,
  residualGradientsDoNotVanish,
  residualNetsCureVanishing,
  residualNetsDoNotCureExploding,
} from "./depth";
export {
  atLeast,
  atMost,
  exactly,
  intervalAbove,
  intervalBelow,
  intervalHolds,
  intervalWithin,
  judge,
} from "./judgement";
export {
  blockDeletionHardlyHurts,
  effectivePathsAreShort,
  effectivePathsSuffice,
  errorRisesAsOrderIsLost,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
  gradientFallsWithPathLength,
  layerDeletionDestroysVgg,
  pathLengthsAreBinomial,
  pathsDouble,
} from "./paths";
export { claims } from "./registry";
export {
  scalingGivesExpectedOutput,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  stochasticDepthTrainsFaster,
  survivalFallsLinearly,
} from "./stochastic-depth";
