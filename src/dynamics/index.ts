export {
  type Block,
  type BlockKind,
  eulerBlock,
  hamiltonianBlock,
  sampleBlocks,
} from "./blocks";
export {
  type EnergyMethod,
  energies,
  energyErrorBound,
  energyErrors,
  energyMethods,
  energyOf,
  eulerEnergyGrowth,
  oscillations,
} from "./energy";
export { inFeaturePlane } from "./feature-plane";
export {
  type FlowParameters,
  type FlowShape,
  flowFeatures,
  flowGradients,
  flowLogits,
  flowPredictions,
} from "./flow";
export {
  explicitMidpoint,
  forwardEuler,
  leapfrog,
  type OneStepMethod,
  rungeKutta4,
  secondOrderLeapfrog,
  type Vector,
  verlet,
  verletBackwards,
} from "./integrators";
export { interpolationMatrix, smoothnessMatrix } from "./interpolation";
export {
  antisymmetricWeights,
  applyWeights,
  type Layout,
  sampleWeights,
  stateSize,
  transposedWeights,
  weightCount,
} from "./layer-weights";
export {
  createFlow,
  disposeFlow,
  disposeFlowParameters,
  flowAtDepth,
  flowObjective,
  flowParameterCount,
  flowRoughness,
  type LearnedFlow,
  refineFlow,
  trainFlow,
} from "./learned-flow";
export {
  jacobianEigenvalues,
  largestStableStep,
  laterGrowth,
  laterSpectra,
  networkBoundary,
  randomGrowth,
  settledState,
  trajectory,
  worstGrowth,
} from "./perturbation";
export { arnoldiEigenvalues, eigenvalues, largestSingularValue, matrixOf } from "./spectrum";
export {
  amplification,
  boundaryAt,
  largestEulerStep,
  type Method,
  measuredGrowth,
  pointOn,
  type Ray,
  raysOf,
  stabilityBoundary,
} from "./stability";
