/**
 * The claims that experiments judge: statement, source, rule. The rules were fixed before any run, but for what the comments
 * beside them say (see F2 and F3), and none is tuned to a result.
 */
import {
  architecturesCountAsPublished,
  googLeNetIsSmall,
  inceptionModuleIsAsListed,
  operationsForetellTime,
  vgg19IsAsListed,
} from "./architectures";
import { auditClaims } from "./audit";
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
  energyErrorsFollowTheory,
  eulerIsStableInItsCircle,
  imaginarySpectraAreStable,
  verletKeepsEnergy,
  worstPerturbationsStaySmall,
} from "./stability";
import { operationsForetellStepTime } from "./step-time";
import {
  scalingGivesExpectedOutput,
  stochasticDepthErrsLess,
  stochasticDepthStandsDeletion,
  stochasticDepthTrainsFaster,
  survivalFallsLinearly,
} from "./stochastic-depth";
import {
  auxiliaryHeadsHelpTraining,
  earlyExitsSaveInference,
  hiddenLayerLearnsXor,
  normalisationSpeedsTraining,
  weightScalingApproximatesEnsemble,
  widthApproximatesAndOverfits,
} from "./techniques";

/** Every claim of the registry, in the order in which reports show them. */
export const claims = [
  outputSizeFollowsFormula,
  vgg19IsAsListed,
  inceptionModuleIsAsListed,
  bottleneckSavesWeights,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
  googLeNetIsSmall,
  weightScalingApproximatesEnsemble,
  normalisationSpeedsTraining,
  earlyExitsSaveInference,
  hiddenLayerLearnsXor,
  widthApproximatesAndOverfits,
  auxiliaryHeadsHelpTraining,
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
  worstPerturbationsStaySmall,
  verletKeepsEnergy,
  energyErrorsFollowTheory,
  smoothWeightsSuffice,
  smoothWeightsLoseNothing,
  stepSizesAreCritical,
  trainedNetsRefine,
  architecturesCountAsPublished,
  operationsForetellTime,
  operationsForetellStepTime,
  ...auditClaims,
] as const satisfies readonly Claim[];

/** Identifier of a registered claim: "E1". */
export type ClaimId = (typeof claims)[number]["id"];

const byId: ReadonlyMap<string, Claim> = new Map(claims.map((claim) => [claim.id, claim]));

/** The claim of an identifier. @throws RangeError when there is none */
export function claimOf(id: ClaimId): Claim {
  const found = byId.get(id);
  if (found === undefined) throw new RangeError(`there is no claim ${id}`);
  return found;
}
