export type { Augmentation } from "./augmentation";
export { batchesPerEpoch, batchIndices, epochOrder, gatherBatch } from "./batches";
export { checksumOf } from "./checksum";
export { DataError } from "./data-error";
export {
  type Dataset,
  type DatasetName,
  datasetNames,
  digitShape,
  type ImageSet,
  type PictureShape,
} from "./dataset";
export { type DrawnPictures, drawPictures } from "./draw-pictures";
export { type LoadOptions, loadDataset } from "./load-dataset";
export { type ChannelMoments, channelMoments } from "./moments";
export { meanPool } from "./pool";
export type { DataProgress, OnDataProgress } from "./progress";
export { type SplitOptions, splitValidation } from "./split";
export { labelsOf, subset, takeAtMost, takeFirst } from "./subset";
export {
  drawToyProblem,
  peaksFunction,
  type ToyPoints,
  type ToyProblemName,
  type ToyProblemOptions,
  toyProblemClasses,
  toyProblemNames,
} from "./toy-problems";
