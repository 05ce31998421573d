/** Data sets as plain arrays: MNIST, CIFAR-10, toy problems; splits, pooling, mini-batches, augmentation. No tensor. */
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
  type ImageSet,
  type ImageShape,
  labelsOf,
  meanPool,
  subset,
  takeAtMost,
  takeFirst,
} from "./images";
export { type ImageSize, type LabelledImages, loadLabelledImages } from "./labelled-images";
export { loadDataset } from "./load-dataset";
export { splitValidation, stratifiedSample } from "./split";
export { peaksFunction, sampleToyProblem, toyProblemClasses, toyProblemNames } from "./toy-problems";
