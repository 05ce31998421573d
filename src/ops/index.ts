export { relu, reluGradient, sigmoid, sigmoidGradient, tanh, tanhGradient } from "./activation";
export {
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
} from "./batch-normalisation";
export { scaleChannels, scaleChannelsGradients, selectChannels, selectChannelsGradient } from "./channels";
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
} from "./convolution";
export { softmaxCrossEntropy } from "./cross-entropy";
export { dropoutMask } from "./dropout";
export { type FusedConvolutionOptions, fusedConvolution } from "./fused-convolution";
export type { ConvolutionGeometry, LocalResponseGeometry, Padding, PoolGeometry } from "./geometry";
export { localResponseNormalisation, localResponseNormalisationGradient } from "./local-response-normalisation";
export type { NormalisedBatch, RunningStatistics } from "./normalised-batch";
export {
  globalAveragePool,
  globalAveragePoolGradient,
  pool,
  poolGradient,
  subsampleAndPad,
  subsampleAndPadGradient,
} from "./pooling";
