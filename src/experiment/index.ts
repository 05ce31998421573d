/** The experiment contract: what an experiment declares, and nothing that takes time to load. */
export { type Column, type Columns, checkRow, column, columnLabel, type RowValue } from "./columns";
export { type Crossed, cross } from "./cross";
export type { Declaration, DeclaredExperiment, MeasuredRow, RowOf } from "./declaration";
export { experiment } from "./declaration";
export {
  type AnyExperiment,
  type CellRun,
  type CustomNetworkUse,
  cellName,
  type ExperimentAction,
  type ExperimentDefinition,
  type Progress,
  type Row,
  type Setting,
} from "./experiment";
export { experimentCommand, experimentNames, type FoundExperiment, findExperiments } from "./experiment-files";
export type { AxisOf, FigureOf, SeriesOf } from "./figures";
export { type Judged, judge, type Measured } from "./judge";
export {
  needsBareSums,
  needsBlocksThatKeepShape,
  needsNormalisation,
  needsPaths,
  needsShortcuts,
} from "./network-needs";
export {
  choice,
  choices,
  count,
  counts,
  declaredValue,
  defaultScale,
  flag,
  fraction,
  type NumberOptions,
  number,
  numbers,
  type ParameterDeclaration,
  type ParameterDeclarations,
  type ParameterValue,
  type ParameterValues,
  type Scale,
  scales,
  seeds,
  text,
  type ValuesByScale,
} from "./parameters";
export { type ObservedParameters, observeParameters } from "./read-parameters";
export {
  fixParameters,
  nearestParameter,
  type ParameterRow,
  type ResolvedParameters,
  resolveParameters,
} from "./resolve-parameters";
export { type Aggregate, type Curve, Rows, rowsOf, xAndY } from "./rows";
export { storedParameters } from "./stored-parameters";
export type { Measuring, Study } from "./study";
export {
  poolingDepartures,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
export { type GridPoint, gridPoints, pointText, readVariations, type Variations, varyWords } from "./variations";
