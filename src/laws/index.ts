export { architectureText, routeText } from "./architecture-text";
export { independentOfBatch } from "./batch-law";
export { BrokenLaw } from "./broken-law";
export { type CheckOptions, checkArchitecture, type LawName, lawNames } from "./check-architecture";
export { type Counterexample, findCounterexample, replayEnvironment, type SearchOptions } from "./counterexample";
export { deletionKeepsShapes } from "./deletion-law";
export { finiteAtInitialisation } from "./finite-law";
export { type GeneratedOptions, generatedArchitectures } from "./generated-architecture";
export { type GradientLawOptions, gradientNormsWithinBounds } from "./gradient-law";
export { type ImageBatch, type ImageBatchOptions, imageBatches, imagesOf } from "./images";
export type { Inference, LawOptions } from "./law";
export { type RouteChoice, routeByChoices, routeChoices, routes } from "./route-arbitrary";
export { equalSeedsEqualOutputs } from "./seed-law";
export { shapesFollowFormula } from "./shape-law";
export { countsEqualSnapshot, type SnapshotCounts, type SnapshotOptions } from "./snapshot-law";
export {
  type ArchitectureFunction,
  architectures,
  type DrawingOptions,
  type SingleSubject,
  type Subject,
  type SubjectFamily,
} from "./subject";
export { mapsMoveWithImage } from "./translation-law";
