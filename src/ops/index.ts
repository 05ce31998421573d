export {
  dropoutMask,
  relu,
  reluGradient,
  sigmoid,
  sigmoidGradient,
  softmaxCrossEntropy,
  tanh,
  tanhGradient,
} from "./activation";
export { scaleChannels, scaleChannelsGradients, selectChannels, selectChannelsGradient } from "./channels";
export type { ConvolutionGeometry, Padding, PoolGeometry } from "./composed";
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  fusedConvolution,
} from "./convolution";
export {
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
  type Precision,
  slice,
  sumOverChannels,
  takeImages,
  toBfloat16,
  toFloat32,
} from "./precision";
