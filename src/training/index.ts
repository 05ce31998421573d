/** Training networks: plans, the loop, the optimiser, checkpoints and trained networks on disk. */
export { type Checkpoint, CheckpointError, readCheckpoint, writeCheckpoint } from "./checkpoint";
export { finalLoss, storedHistory, type TrainingEntry, trainingCurve } from "./history";
export { holdsModel, trainOrLoad } from "./model-store";
export { MomentumOptimiser } from "./momentum";
export {
  learningRate,
  planByName,
  type Schedule,
  type TrainingChoices,
  type TrainingPlan,
  trainedShares,
  trainingPlan,
  trainingWork,
} from "./plan";
export { type PreparedImages, prepareImages } from "./prepared-images";
export { readPyTorchNetwork } from "./pytorch-network";
export { decodeSafetensors, encodeSafetensors, halfValue, SafetensorsError, type SafetensorsFile } from "./safetensors";
export {
  divergedAt,
  type Trained,
  TrainingDiverged,
  type TrainingProgress,
  type TrainOptions,
  train,
  trainUntil,
} from "./train";
export { createTrainer, stepMemory, type Trainer } from "./trainer";
