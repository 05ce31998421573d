/** Reading stored runs: what they hold, whether they are as they were measured, and in what they differ. */
export { compareSides, movedClaims } from "./comparison";
export { comparisonJson, comparisonLines } from "./comparison-table";
export { chooseRuns, findRuns } from "./find-runs";
export { exportRuns } from "./paper-export";
export { reportIndexFile, writeReportIndex } from "./report-index";
export { namedRuns } from "./stored-run";
export { type RunState, type Verification, verifyRun } from "./verification";
export { type StoreSurvey, spareKinds, surveyWaste, type Waste, type WasteKind, wasteKinds } from "./waste";
export { runWatcher } from "./watched-run";
