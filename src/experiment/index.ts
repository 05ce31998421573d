/** The experiment contract: what an experiment declares, and nothing that takes time to load. */
export { type Column, type Columns, checkRow, column, columnLabel, type Row, type RowValue } from "./columns";
export {
  type CustomNetworkUse,
  type Declaration,
  type Experiment,
  experiment,
  type MeasuredRow,
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
export type { FigureOf, SeriesOf } from "./figures";
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
  number,
  numbers,
  type ParameterDeclaration,
  type ParameterValue,
  type ParameterValues,
  type Scale,
  scales,
  seeds,
  text,
} from "./parameters";
export { observeParameters } from "./read-parameters";
export {
  fixedByImages,
  fixParameters,
  type ResolvedParameters,
  resolveParameters,
  storedParameters,
} from "./resolve-parameters";
export { type Curve, ifTold, meanWithEnds, Rows, rowsOf, told, xAndY } from "./rows";
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
  type Departure,
  hasGivenWeights,
  hasStandard,
  otherThanSource,
  poolingDepartures,
  trainingDepartures,
  trainingParameters,
} from "./training-parameters";
export {
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
