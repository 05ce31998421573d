/** The door of the harness: what an experiment needs, and nothing that takes time to load. */
export { allowedCores, type Placement, tasksetPath } from "./cores";
export { type Crossed, cross } from "./cross";
export {
  type AnyExperiment,
  type CellRun,
  type ExperimentDefinition,
  experiment,
  type Progress,
  type Row,
  type RowValue,
  type Setting,
} from "./experiment";
export {
  needsBareSums,
  needsBlocksThatKeepShape,
  needsNormalisation,
  needsPaths,
  needsShortcuts,
} from "./network-needs";
export type { OwnNetworkUse } from "./own-network";
export type { NetworkSize, PictureScale } from "./own-network-file";
export {
  choice,
  choices,
  count,
  counts,
  flag,
  fraction,
  type NumberOptions,
  number,
  numbers,
  type ParameterDeclaration,
  type ParameterDeclarations,
  type ParameterValue,
  type ParameterValues,
  seeds,
  text,
  type ValuesByScale,
} from "./parameters";
export { runAsProgram } from "./program";
export { projectRoot } from "./project-root";
export { type Surroundings, surroundings } from "./provenance";
export { resolveParameters } from "./resolve-parameters";
export { exitStatus } from "./run-options";
export type { Scale } from "./scale";
export {
  poolingDepartures,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
export { UsageError } from "./usage-error";
