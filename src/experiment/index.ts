/** The experiment contract: what an experiment declares, and nothing that takes time to load. */
export { type Column, type Columns, checkRow, column, columnLabel, type Row, type RowValue } from "./columns";
export {
  type CustomNetworkUse,
  type Declaration,
  type Experiment,
  type ExperimentAction,
  experiment,
  type MeasuredRow,
  type ParameterGrid,
  type RowOf,
} from "./experiment";
export {
  experimentNames,
  experimentWords,
  type FoundExperiment,
  findExperiments,
  loadExperimentFile,
  programFile,
} from "./experiment-files";
export type { AxisOf, FigureOf, SeriesOf } from "./figures";
export { type Judged, judge, type Measured } from "./judge";
export {
  chanceError,
  needsBareSums,
  needsBlocksThatKeepShape,
  needsNormalisation,
  needsPaths,
  needsShortcuts,
} from "./network-needs";
export {
  atStandard,
  choice,
  choices,
  count,
  counts,
  dataAtScale,
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
  fixedByImages,
  fixParameters,
  nearestParameter,
  type ParameterRow,
  type ResolvedParameters,
  resolveParameters,
  storedParameters,
} from "./resolve-parameters";
export { type Aggregate, type Curve, ifTold, meanWithEnds, Rows, rowsOf, told, xAndY } from "./rows";
export {
  type CellRun,
  cellName,
  errorsBeside,
  type Measuring,
  type Progress,
  plannedTraining,
  type Setting,
  type Study,
} from "./study";
export {
  type Contrast,
  type Departure,
  hasGivenWeights,
  hasStandard,
  otherThanSource,
  poolingDepartures,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
export {
  type Crossed,
  cross,
  defaultGrid,
  defaultVariations,
  type GridPoint,
  gridPoints,
  pointText,
  readVariations,
  type Variations,
  varyWords,
} from "./variations";
