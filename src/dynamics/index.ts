export { amplification, type Complex, largestEulerStep, type Method } from "./amplification";
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
export { type EnergyMethod, energies, energyMethods, energyOf, type Oscillation, oscillations } from "./energy";
export { type EnergyError, energyErrors } from "./energy-errors";
export { energyErrorBound, eulerEnergyGrowth } from "./energy-theory";
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
export { type NetworkBoundary, networkBoundary } from "./network-border";
export {
  eigenvalueGrowth,
  jacobianEigenvalues,
  largestStableStep,
  laterGrowth,
  laterSpectra,
  randomGrowth,
  settledState,
  trajectory,
  worstGrowth,
} from "./perturbation";
export { arnoldiEigenvalues, eigenvalues, type LinearMap, largestSingularValue, matrixOf } from "./spectrum";
export { raysOf, type StabilityBoundary, stabilityBoundary } from "./stability-border";
export { boundaryAt, measuredGrowth, pointOn, type Ray } from "./stability-region";
