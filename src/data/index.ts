export type { Augmentation } from "./augmentation";
export { batchesPerEpoch, batchIndices, epochOrder, gatherBatch } from "./batches";
export { checksumOf } from "./checksum";
export { DataError } from "./data-error";
export { type SampledImages, sampleImages } from "./draw-images";
export {
  type ChannelStatistics,
  channelStatistics,
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
export type { DataProgress, OnDataProgress } from "./progress";
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
