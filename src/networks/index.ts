export {
  inferenceOperations,
  layersAlone,
  layerWeights,
  type NetworkCost,
  type NetworkCostOptions,
  networkCost,
} from "./analysis/network-cost";
export { normalisedStatistics } from "./analysis/normalised-statistics";
export { type ReceptiveField, type ReceptiveFieldOptions, receptiveField } from "./analysis/receptive-field";
export { signalNorms } from "./analysis/signal-norms";
export {
  compareInputs,
  compareStatistics,
  type StatisticsComparison,
  type StatisticsDeviation,
  statisticsDeviations,
} from "./analysis/stored-statistics";
export { blockParameters, type SummaryRow, summaryRows, summaryText } from "./analysis/summary";
export type {
  Architecture,
  BatchNormalisation,
  Block,
  ChannelGate,
  Concatenation,
  Convolution,
  Dense,
  Exit,
  GraphPart,
  Layer,
  LayerNormalisation,
  Pool,
  Shape,
} from "./engine/architecture";
export { type BackwardOptions, backward, blockBackward, type NetworkGradients } from "./engine/backward";
export { branchGradients } from "./engine/branch-gradients";
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
} from "./engine/forward";
export {
  createNetwork,
  disposeNetwork,
  type GraphRuntime,
  inFloat32,
  type Network,
  networkWithWeights,
  normalImages,
  type ParameterValues,
  parameter,
  replaceParameter,
  type Weights,
  withFreshNetwork,
} from "./engine/network";
export {
  foldBatchNormalisation,
  freezeNormalisation,
  takeBatchStatistics,
  withoutNormalisation,
} from "./engine/normalisation";
export { type RecomputationOptions, recomputedGradients } from "./engine/recomputation";
export {
  type Branch,
  checkRoute,
  expectedRoute,
  fullRoute,
  linearSurvival,
  type Route,
  type RouteSampling,
  type Step,
  sampleRoute,
  survivalProbabilities,
  uniformSurvival,
} from "./engine/route";
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
} from "./engine/shapes";
export {
  buildCifarResNet,
  buildPlainNet,
  type CifarResNetOptions,
  type PlainNetOptions,
} from "./families/cifar-resnet";
export { buildDenseNetwork, type DenseNetworkOptions } from "./families/classics";
export {
  buildByName,
  families,
  parseName,
  registerArchitecture,
  registeredArchitecture,
} from "./families/families";
export {
  averagePool,
  type BuilderOptions,
  batchNormalisation,
  type ConvolutionOptions,
  channelGate,
  channelRange,
  channelScaling,
  channelSelection,
  concatenation,
  convolution,
  convolutionUnit,
  dense,
  depthwiseConvolution,
  dropout,
  elu,
  type Family,
  type FamilyOptions,
  flatten,
  gelu,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  layerNormalisation,
  layerScale,
  leakyRelu,
  localResponseNormalisation,
  maxPool,
  plainBlock,
  relu,
  relu6,
  scaling,
  sigmoid,
  silu,
  squeezeAndExcitation,
  stochasticDepth,
  tanh,
} from "./families/layers";
export { buildFourStageResNet, type FourStageResNetOptions } from "./families/resnet";
export { handedFamilies } from "./families/since-2018";
export { smallFamilies, smallFamilyByName } from "./families/small-families";
export { type StageExitOptions, withStageExits } from "./families/stage-exits";
export {
  buildLinearResNet,
  buildUniformNetwork,
  type UniformKind,
  type UniformNetworkOptions,
  uniformKinds,
} from "./families/uniform-network";
export { buildVggStyle, type VggStyleOptions } from "./families/vgg";
export { type KerasOptions, readKerasNetwork } from "./import/keras-files";
export { fromLayersModel } from "./import/layers-model";
export { type PyTorchNaming, type PyTorchOptions, weightsFromPyTorch } from "./import/pytorch";
export { type OnnxModel, readOnnxModel } from "./onnx/model";
export { type OnnxNetwork, type OnnxOptions, readOnnxFile, readOnnxNetwork, scaleStatistics } from "./onnx/network";
export {
  buildPublished,
  networkByName,
  networkNames,
  publishedByName,
  publishedNetworks,
} from "./published/published";
export type { BuildSize, CountDifference, PublishedAccuracy, PublishedNetwork } from "./published/published-network";
export { referenceCounts } from "./published/reference-counts";
