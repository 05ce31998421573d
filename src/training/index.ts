export { type Checkpoint, CheckpointError, readCheckpoint, writeCheckpoint } from "./checkpoint";
export type { TrainingEntry } from "./history";
export { finalLoss, type StoredHistory, storedHistory, trainingCurve } from "./history";
export { holdsModel, type TrainOrLoadOptions, trainOrLoad } from "./model-store";
export { MomentumOptimiser, type MomentumOptions } from "./momentum";
export type { ImageOptions, TrainingPlan } from "./plan";
export {
  learningRate,
  type NamedTraining,
  planByName,
  type Schedule,
  type TrainingChoices,
  trainedShares,
  trainingPlan,
  trainingWork,
} from "./plan";
export { type PreparedImages, prepareImages } from "./prepared-images";
export { readPyTorchNetwork } from "./pytorch-network";
export { decodeSafetensors, encodeSafetensors, SafetensorsError, type SafetensorsFile } from "./safetensors";
export { beginStudy, type Study, type StudyRun } from "./study";
export {
  divergedAt,
  type Trained,
  type TrainedUntil,
  TrainingDiverged,
  type TrainingProgress,
  type TrainOptions,
  type TrainUntilOptions,
  train,
  trainUntil,
} from "./train";
export { type ShallowTraining, trainShallowNetwork } from "./train-shallow";
export { createTrainer, type StepMemory, type StepOutcome, stepMemory, type Trainer } from "./trainer";
