export { relu, reluGradient } from "./activation";
export {
  type NormalisedBatch,
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
  type RunningStatistics,
} from "./batch-normalisation";
export {
  type ConvolutionGeometry,
  convolution,
  convolutionInputGradient,
  convolutionWeightsGradient,
  type Padding,
} from "./convolution";
export { softmaxCrossEntropy } from "./cross-entropy";
export {
  globalAveragePool,
  globalAveragePoolGradient,
  type PoolGeometry,
  pool,
  poolGradient,
  subsampleAndPad,
  subsampleAndPadGradient,
} from "./pooling";
