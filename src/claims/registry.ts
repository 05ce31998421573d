/**
 * The claims that experiments judge: statement, source, rule. The rules were fixed before any run and are not tuned.
 */
import {
  architecturesCountAsPublished,
  googLeNetIsSmall,
  inceptionModuleIsAsListed,
  operationsForetellTime,
  vgg19IsAsListed,
} from "./architectures";
import type { Claim } from "./claim";
import {
  smoothWeightsLoseNothing,
  smoothWeightsSuffice,
  stepSizesAreCritical,
  trainedNetsRefine,
} from "./continuous-depth";
import {
  blockOutputsSumUp,
  boundedStepsBoundGrowth,
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
  bottleneckSavesWeights,
  outputSizeFollowsFormula,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
} from "./layers";
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
  dampedFlowsAreStable,
  eulerIsStableInItsCircle,
  eulerLosesEnergy,
  imaginarySpectraAreStable,
  verletKeepsEnergy,
} from "./stability";
import {
  scalingGivesExpectedOutput,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  stochasticDepthTrainsFaster,
  survivalFallsLinearly,
} from "./stochastic-depth";
import {
  hiddenLayerLearnsXor,
  normalisationSpeedsTraining,
  weightScalingApproximatesEnsemble,
  widthApproximatesAndOverfits,
} from "./techniques";

/** Every claim of the registry, in the order in which reports show them. */
export const claims: readonly Claim[] = [
  outputSizeFollowsFormula,
  vgg19IsAsListed,
  inceptionModuleIsAsListed,
  bottleneckSavesWeights,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
  googLeNetIsSmall,
  weightScalingApproximatesEnsemble,
  normalisationSpeedsTraining,
  hiddenLayerLearnsXor,
  widthApproximatesAndOverfits,
  gradientsVanishInPlainNets,
  gradientsExplodeUnderLargeWeights,
  residualNetsCureVanishing,
  residualGradientsDoNotVanish,
  residualNetsDoNotCureExploding,
  boundedStepsBoundGrowth,
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
  eulerIsStableInItsCircle,
  dampedFlowsAreStable,
  imaginarySpectraAreStable,
  verletKeepsEnergy,
  eulerLosesEnergy,
  smoothWeightsSuffice,
  smoothWeightsLoseNothing,
  stepSizesAreCritical,
  trainedNetsRefine,
  architecturesCountAsPublished,
  operationsForetellTime,
];
