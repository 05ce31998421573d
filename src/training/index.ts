export { borderGradientNorms } from "./border-gradient-norms";
export { type Checkpoint, CheckpointError, readCheckpoint, writeCheckpoint } from "./checkpoint";
export { divergedAt } from "./diverged-at";
export type { TrainingEntry } from "./history";
export { holdsModel, type TrainOrLoadOptions, trainOrLoad } from "./model-store";
export { MomentumOptimiser, type MomentumOptions } from "./momentum";
export type { PictureOptions, TrainingPlan } from "./plan";
export { type NamedTraining, planByName } from "./plan-by-name";
export { type PreparedPictures, preparePictures } from "./prepared-pictures";
export { readPyTorchNetwork } from "./pytorch-network";
export { decodeSafetensors, encodeSafetensors, SafetensorsError, type SafetensorsFile } from "./safetensors";
export { learningRate, type Schedule } from "./schedule";
export { type StepMemory, stepMemory } from "./step-memory";
export { type StoredHistory, storedHistory } from "./stored-history";
export { beginStudy, type Study, type StudyRun } from "./study";
export {
  type Trained,
  TrainingDiverged,
  type TrainingProgress,
  type TrainOptions,
  train,
} from "./train";
export { type ShallowTraining, trainShallowNetwork } from "./train-shallow";
export { type TrainedUntil, type TrainUntilOptions, trainUntil } from "./train-until";
export { trainedShares } from "./trained-shares";
export { createTrainer, type StepOutcome, type Trainer } from "./trainer";
export { finalLoss, trainingCurve } from "./training-curve";
export { type TrainingChoices, trainingPlan } from "./training-plan";
export { trainingWork } from "./training-work";
