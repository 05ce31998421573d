export {
  architecturesCountAsPublished,
  googLeNetIsSmall,
  inceptionModuleIsAsListed,
  operationsForetellTime,
  vgg19IsAsListed,
} from "./architectures";
export {
  alexNetHalvedTheError,
  auditClaims,
  bottleneckSavesAnOrder,
  branchHasSixOperations,
  type CitedCorrection,
  citedCorrections,
  continuousNetIsLinear,
  degradationIsVanishing,
  deletionHalvesThePaths,
  denseLayersSkipTheNewest,
  dropoutDropsItsVariable,
  droppedBlocksDoNotDegrade,
  inceptionExitsEarly,
  inceptionHasThreeTowers,
  inceptionIsFarSmaller,
  normalisationMakesGaussians,
  residualNetsDoNotStopExplosion,
  shortPathsErrLess,
  sizeFormulaAsWritten,
  smallDerivativesVanish,
  stacksExpandTheField,
  stochasticDepthSlowsTraining,
  sumHasOneTermMore,
  survivalProbabilityIsDrawn,
  vggDropsAfterPooling,
  widthHasNoBound,
} from "./audit";
export { bibliography, bibtex, type Publication, publicationsCitedIn } from "./bibliography";
export { type HistoricStep, historicSteps, type PublishedError, publishedTopFiveErrors } from "./cited";
export type { Claim, ClaimGroup, Condition, Judgement, Verdict } from "./claim";
export {
  smoothWeightsLoseNothing,
  smoothWeightsSuffice,
  stepSizesAreCritical,
  trainedNetsRefine,
} from "./continuous-depth";
export {
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
export {
  atLeast,
  atMost,
  cannotTell,
  exactly,
  intervalAbove,
  intervalBelow,
  intervalHolds,
  intervalWithin,
  judge,
} from "./judgement";
export {
  bottleneckSavesWeights,
  outputSizeFollowsFormula,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
} from "./layers";
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
export { type ClaimId, claimOf, claims } from "./registry";
export {
  dampedFlowsAreStable,
  energyErrorsFollowTheory,
  eulerIsStableInItsCircle,
  imaginarySpectraAreStable,
  verletKeepsEnergy,
  worstPerturbationsStaySmall,
} from "./stability";
export { operationsForetellStepTime } from "./step-time";
export {
  scalingGivesExpectedOutput,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  stochasticDepthTrainsFaster,
  survivalFallsLinearly,
} from "./stochastic-depth";
export {
  auxiliaryHeadsHelpTraining,
  earlyExitsSaveInference,
  hiddenLayerLearnsXor,
  normalisationSpeedsTraining,
  weightScalingApproximatesEnsemble,
  widthApproximatesAndOverfits,
} from "./techniques";
