export {
  addAndRectify,
  dropoutMask,
  nonlinearity,
  nonlinearityGradient,
  relu,
  reluGradient,
  sigmoid,
  sigmoidGradient,
  softmaxCrossEntropy,
  tanh,
  tanhGradient,
} from "./activation";
export {
  gateChannels,
  gateChannelsGradients,
  scaleChannels,
  scaleChannelsGradients,
  selectChannels,
  selectChannelsGradient,
} from "./channels";
export {
  type ConvolutionGeometry,
  isNonlinearity,
  type Nonlinearity,
  type Padding,
  type PoolGeometry,
} from "./composed";
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  fusedConvolution,
  type InputNormalisation,
  normalisesInput,
} from "./convolution";
export { type MomentumRule, moveByMomentum } from "./momentum";
export {
  batchStatistics,
  layerNormalisation,
  layerNormalisationGradients,
  localResponseNormalisation,
  localResponseNormalisationGradient,
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
} from "./normalisation";
export {
  flatten,
  flattenGradient,
  globalAveragePool,
  globalAveragePoolGradient,
  pool,
  poolGradient,
  subsampleAndPad,
  subsampleAndPadGradient,
} from "./pooling";
export {
  add,
  addBias,
  concatenate,
  multiply,
  slice,
  sumOverChannels,
  takeImages,
  toBfloat16,
  toFloat32,
} from "./precision";
