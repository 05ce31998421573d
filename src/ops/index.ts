export { relu, reluGradient, sigmoid, sigmoidGradient, tanh, tanhGradient } from "./activation";
export {
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
} from "./batch-normalisation";
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
} from "./convolution";
export { softmaxCrossEntropy } from "./cross-entropy";
export { type FusedConvolutionOptions, fusedConvolution } from "./fused-convolution";
export type { ConvolutionGeometry, Padding, PoolGeometry } from "./geometry";
export type { NormalisedBatch, RunningStatistics } from "./normalised-batch";
export {
  globalAveragePool,
  globalAveragePoolGradient,
  pool,
  poolGradient,
  subsampleAndPad,
  subsampleAndPadGradient,
} from "./pooling";
