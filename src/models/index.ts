export type { Architecture, BatchNormalisation, Block, Convolution, Dense, Layer, Pool, Shape } from "./architecture";
export { type BackwardOptions, backward, type NetworkGradients } from "./backward";
export { buildCifarResNet, buildPlainNet, type CifarResNetOptions, type PlainNetOptions } from "./cifar-resnet";
export { buildByName, type Family, type FamilyOptions, families, parseName } from "./families";
export { foldBatchNormalisation } from "./fold";
export {
  type ForwardOptions,
  forward,
  type Mode,
  newTape,
  runBlock,
  runHead,
  runStem,
  type Tape,
} from "./forward";
export { freezeNormalisation } from "./frozen-normalisation";
export { gradientAutocovariances, inputCircle } from "./gradient-autocovariance";
export { buildLinearResNet, type LinearResNetOptions } from "./linear-resnet";
export { gradientCorrelations, reluCorrelation, sharedActivity } from "./mean-field";
export {
  createNetwork,
  disposeNetwork,
  type Network,
  networkWithWeights,
  parameter,
  replaceParameter,
  type Weights,
} from "./network";
export { outputTermSums, type TermSum } from "./output-terms";
export { type RecomputationOptions, recomputedGradients } from "./recomputation";
export { type Branch, checkRoute, fullRoute, type Route, type Step } from "./route";
export {
  drawRoute,
  expectedRoute,
  linearSurvival,
  type RouteSampling,
  survivalProbabilities,
  uniformSurvival,
} from "./route-sampling";
export {
  blockShapes,
  keepsShape,
  layerMultiplyAccumulates,
  multiplyAccumulates,
  outputShape,
  outputSide,
  type ParameterSpecification,
  type PlacedLayer,
  parameterCounts,
  parameterSpecifications,
  placedLayers,
  sameShape,
} from "./shapes";
export { type SignalNorms, signalNorms } from "./signal-norms";
export { buildUniformNetwork, type UniformNetworkOptions } from "./uniform-network";
export { buildVggStyle, type VggStyleOptions } from "./vgg-style";
