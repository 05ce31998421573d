export type { Augmentation } from "./augmentation";
export {
  batchesInOrder,
  batchesPerEpoch,
  batchIndices,
  epochOrder,
  gatherBatch,
  type OrderedBatch,
  type SampledImages,
  sampleImages,
} from "./batches";
export { DataError, type DataProgress, type OnDataProgress } from "./files";
export {
  type ChannelStatistics,
  channelStatistics,
  checksumOf,
  type Dataset,
  type DatasetName,
  datasetNames,
  digitShape,
  type ImageSet,
  type ImageShape,
  labelsOf,
  meanPool,
  subset,
  takeAtMost,
  takeFirst,
} from "./images";
export { type LoadOptions, loadDataset } from "./load-dataset";
export { type SplitOptions, splitValidation } from "./split";
export {
  peaksFunction,
  sampleToyProblem,
  type ToyPoints,
  type ToyProblemName,
  type ToyProblemOptions,
  toyProblemClasses,
  toyProblemNames,
} from "./toy-problems";
