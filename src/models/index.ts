export type {
  Architecture,
  BatchNormalisation,
  Block,
  Concatenation,
  Convolution,
  Dense,
  Exit,
  Layer,
  Pool,
  Shape,
} from "./architecture";
export { type BackwardOptions, backward, type NetworkGradients } from "./backward";
export { takeBatchStatistics } from "./batch-statistics";
export { branchGradients } from "./branch-gradients";
export { buildCifarResNet, buildPlainNet, type CifarResNetOptions, type PlainNetOptions } from "./cifar-resnet";
export { type CircleOptions, circleAutocovariances } from "./circle-autocovariance";
export { buildDenseNetwork, type DenseNetworkOptions } from "./dense-network";
export { drawnPictures, withDrawnNetwork } from "./drawn-network";
export { buildByName, type Family, type FamilyOptions, families, parseName } from "./families";
export { foldBatchNormalisation } from "./fold";
export {
  type ForwardOptions,
  forward,
  type MaskStreams,
  type Mode,
  newTape,
  runBlock,
  runExit,
  runHead,
  runStem,
  type Tape,
} from "./forward";
export { fromLayersModel } from "./from-layers-model";
export { freezeNormalisation } from "./frozen-normalisation";
export { networkFrozenOn } from "./frozen-on-batch";
export { gradientAutocovariances, inputCircle } from "./gradient-autocovariance";
export { inferenceOperations } from "./inference-operations";
export {
  averagePool,
  batchNormalisation,
  type ConvolutionOptions,
  channelRange,
  channelScaling,
  channelSelection,
  concatenation,
  convolution,
  convolutionUnit,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  localResponseNormalisation,
  maxPool,
  relu,
  scaling,
  sigmoid,
  tanh,
} from "./layers";
export { layersAlone, layerWeights } from "./layers-alone";
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
export { type NetworkCost, type NetworkCostOptions, networkCost } from "./network-cost";
export { type NormalisedMoments, normalisedMoments } from "./normalised-moments";
export { outputTermSums, type TermSum } from "./output-terms";
export { registerArchitecture } from "./own-family";
export { plainBlock } from "./plain-block";
export { differenceFromPerceptron, type PixelPerceptron } from "./pointwise-perceptron";
export { buildPublished, publishedByName, publishedNetworks } from "./published";
export type { BuildSize, CountDifference, PublishedAccuracy, PublishedNetwork } from "./published-network";
export type { PyTorchNaming } from "./pytorch-names";
export { type ParameterValues, type PyTorchOptions, weightsFromPyTorch } from "./pytorch-weights";
export { type ReceptiveField, type ReceptiveFieldOptions, receptiveField } from "./receptive-field";
export { type RecomputationOptions, recomputedGradients } from "./recomputation";
export { type ReferenceCounts, referenceCounts } from "./reference-counts";
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
  createShallowNetwork,
  type ShallowExamples,
  type ShallowLoss,
  type ShallowNetwork,
  shallowGradient,
  shallowOutputs,
} from "./shallow-network";
export {
  blockOutputShape,
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
export { type SmallFamily, type SmallFamilyOptions, smallFamilies, smallFamilyByName } from "./small-families";
export { type StageExitOptions, withStageExits } from "./stage-exits";
export { type SummaryRow, summaryRows, summaryText } from "./summary";
export { type UniformKind, uniformKinds } from "./uniform-kinds";
export { buildUniformNetwork, type UniformNetworkOptions } from "./uniform-network";
export { buildVggStyle, type VggStyleOptions } from "./vgg-style";
export { withoutNormalisation } from "./without-normalisation";
