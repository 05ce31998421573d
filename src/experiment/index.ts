/** The door of the harness: what an experiment needs, and nothing that takes time to load. */

export { exitStatus, projectRoot, runAsProgram, UsageError } from "../base";
export type { CustomNetworkUse } from "../custom-network/custom-network";
export type { ImageScale, NetworkSize } from "../custom-network/file";
export { allowedCores, type Placement, tasksetPath } from "../run/cores";
export { type Surroundings, surroundings } from "../run/provenance";
export { type Column, type Columns, checkRow, column, columnLabel, type RowValue } from "./columns";
export { type Crossed, cross } from "./cross";
export type { Declaration, DeclaredExperiment, MeasuredRow, RowOf } from "./declaration";
export {
  type AnyExperiment,
  type CellRun,
  type ExperimentDefinition,
  experiment,
  type Progress,
  type Row,
  type Setting,
} from "./experiment";
export type { AxisOf, FigureOf, SeriesOf } from "./figures";
export { type Judged, judge, type Measured } from "./judge";
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
export { type Aggregate, type Curve, Rows, rowsOf, xAndY } from "./rows";
export type { Measuring, Study } from "./study";
export {
  poolingDepartures,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
