export { architectureText, routeText } from "./architecture-text";
export { independentOfBatch } from "./batch-law";
export { BrokenLaw } from "./broken-law";
export {
  type ImageBatch,
  type ImageBatchOptions,
  imageBatches,
  imagesOf,
  type RouteChoice,
  routeByChoices,
  routeChoices,
  routes,
} from "./cases";
export { type CheckOptions, checkArchitecture, type LawName, lawNames } from "./check-architecture";
export { deletionKeepsShapes } from "./deletion-law";
export { type GeneratedOptions, generatedArchitectures } from "./generated-architecture";
export { finiteAtInitialisation, type GradientLawOptions, gradientNormsWithinBounds } from "./initialisation-laws";
export type { Inference, LawOptions } from "./law";
export { type Counterexample, findCounterexample, replayEnvironment, type SearchOptions } from "./law";
export { equalSeedsEqualOutputs } from "./seed-law";
export { shapesFollowFormula } from "./shape-law";
export { countsEqualSnapshot, type SnapshotCounts, type SnapshotOptions } from "./snapshot-law";
export {
  type ArchitectureFunction,
  architectures,
  type SingleSubject,
  type Subject,
  type SubjectFamily,
  type SubjectOptions,
} from "./subject";
export { mapsMoveWithImage } from "./translation-law";
