/** The door of the harness: what an experiment needs, and nothing that takes time to load. */

export { exitStatus, projectRoot, runAsProgram, UsageError } from "../base";
export type { CustomNetworkUse } from "../custom-network/custom-network";
export type { ImageScale, NetworkSize } from "../custom-network/file";
export { allowedCores, type Placement, tasksetPath } from "../run/cores";
export { type Surroundings, surroundings } from "../run/provenance";
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
export type { Scale } from "./parameters";
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
export { resolveParameters } from "./resolve-parameters";
export {
  poolingDepartures,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
