/** From the plan of a run to its results: what is measured, where, by which workers, how it is judged and written. */
export { modelId } from "./cell-run";
export { type Estimate, estimateText, type Span, totalOf } from "./estimate";
export { dataLookUp, lookUpData } from "./find-data";
export {
  assignmentOf,
  type JobsReport,
  type LaunchEvents,
  type Launcher,
  localLauncher,
  recordOf,
} from "./launcher";
export { leftText, type Whole } from "./progress";
export { spans, surroundings } from "./provenance";
export { judgementLine, outcomeJson, rowsOf, thumbnailPath, verdictTable, writeVerdicts } from "./results";
export { carryOut, estimatesOf, type PreparedRun, prepareRun, type RunOutcome, spansOfRuns } from "./run";
export type { JobsAction, RunOptions } from "./run-plan";
export {
  type FoundData,
  isFresh,
  type PlannedCell,
  planRun,
  type RunPlan,
  renewed,
  shownFolder,
  storedNetworks,
} from "./run-plan";
export { goesOn, type RunStatus, readStatuses } from "./run-status";
export {
  carryOutGrid,
  type GridOutcome,
  type PlannedGrid,
  planGrid,
  runsOf,
  verdictMaps,
  withoutShared,
} from "./vary";
export {
  type Assignment,
  allowedCores,
  computingEnvironment,
  type Placement,
  startWorker,
  tasksetPath,
  workerPool,
} from "./worker-pool";
