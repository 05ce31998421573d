export {
  type Block,
  type BlockKind,
  type BlockOptions,
  eulerBlock,
  hamiltonianBlock,
  type Layer,
  type ReversibleBlock,
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
export { inFeaturePlane, type PlanePoint } from "./feature-plane";
export {
  type FlowOptions,
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
  type Pair,
  rungeKutta4,
  type SeparableField,
  secondOrderLeapfrog,
  type Vector,
  type VectorField,
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
  type FlowExamples,
  type FlowTraining,
  flowAtDepth,
  flowObjective,
  flowParameterCount,
  flowRoughness,
  type LearnedFlow,
  refineFlow,
  trainFlow,
} from "./learned-flow";
export {
  eigenvalueGrowth,
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
export { arnoldiEigenvalues, eigenvalues, type LinearMap, largestSingularValue, matrixOf } from "./spectrum";
export {
  amplification,
  boundaryAt,
  type Complex,
  largestEulerStep,
  type Method,
  measuredGrowth,
  pointOn,
  type Ray,
  raysOf,
  stabilityBoundary,
} from "./stability";
