/** Laws that any network can be put under, and arbitraries of networks, images and routes for properties. */
export { architectureText, routeText } from "./architecture-text";
export { independentOfBatch } from "./batch-law";
export { BrokenLaw } from "./broken-law";
export { type ImageBatch, imageBatches, imagesOf, routeByChoices, routeChoices, routes } from "./cases";
export { type CheckOptions, checkArchitecture, type LawName, lawNames } from "./check-architecture";
export { deletionKeepsShapes } from "./deletion-law";
export { generatedArchitectures } from "./generated-architecture";
export { finiteAtInitialisation, type GradientLawOptions, gradientNormsWithinBounds } from "./initialisation-laws";
export { type Counterexample, findCounterexample, type Inference, type LawOptions, replayEnvironment } from "./law";
export {
  type BlackBox,
  type BlackBoxImages,
  type BlackBoxLogits,
  type HttpBoxOptions,
  httpBlackBox,
  type OnnxBoxOptions,
  type OpenBlackBox,
  onnxBlackBox,
} from "./network/black-box";
export { type CheckNetworkOptions, checkNetwork, type LawOutcome, networkOutcomes } from "./network/check-network";
export { junitText } from "./network/junit";
export { type CutNetwork, openCutNetwork } from "./network/surgery-laws";
export { equalSeedsEqualOutputs } from "./seed-law";
export { shapesFollowFormula } from "./shape-law";
export { countsEqualSnapshot, type SnapshotCounts, type SnapshotOptions } from "./snapshot-law";
export {
  type ArchitectureFunction,
  architectures,
  type Subject,
  type SubjectFamily,
  type SubjectOptions,
} from "./subject";
export { mapsMoveWithImage } from "./translation-law";
