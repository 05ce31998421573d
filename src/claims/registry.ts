/**
 * The claims that experiments judge: statement, source, rule. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";
import {
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
import {
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
import {
  scalingGivesExpectedOutput,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  stochasticDepthTrainsFaster,
  survivalFallsLinearly,
} from "./stochastic-depth";

/** Every claim of the registry, in the order in which reports show them. */
export const claims: readonly Claim[] = [
  gradientsVanishInPlainNets,
  gradientsExplodeUnderLargeWeights,
  residualNetsCureVanishing,
  residualGradientsDoNotVanish,
  residualNetsDoNotCureExploding,
  deeperPlainNetsTrainWorse,
  depthCostsPlainNetsMore,
  blockOutputsSumUp,
  preActivationLetsDeepNetsTrain,
  normalisedPlainNetsExplode,
  gradientsShatter,
  normalisedGradientsShatter,
  survivalFallsLinearly,
  stochasticDepthTrainsFaster,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  scalingGivesExpectedOutput,
  blockDeletionHardlyHurts,
  layerDeletionDestroysVgg,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
  errorRisesAsOrderIsLost,
  pathsDouble,
  pathLengthsAreBinomial,
  gradientFallsWithPathLength,
  effectivePathsAreShort,
  effectivePathsSuffice,
];
