/** Reading stored runs: what they hold, whether they are as they were measured, and in what they differ. */
export {
  type Attempt,
  addAttestation,
  attestationLines,
  attestedOf,
  attestStore,
  compareMeasured,
  equalNetworks,
  isUnequal,
  type MeasuredCell,
  type RenamedColumns,
  readMeasured,
  readRunCode,
  referencedExperiments,
  renameColumns,
} from "./attest";
export { comparedSides, compareSides, movedClaims } from "./comparison";
export { comparisonJson, comparisonLines } from "./comparison-table";
export { chooseRuns, findRuns, isReference } from "./find-runs";
export { judgeAnew, rejudge } from "./judge-anew";
export { watchRuns } from "./live-server";
export { exportRuns } from "./paper-export";
export {
  cellsOfReference,
  compareWithReference,
  type ReferenceComparison,
  referenceLines,
  updateReference,
} from "./reference";
export { reportIndexFile, writeReportIndex, writeReportIndexes } from "./report-index";
export { effectOf, type JudgedClaim, runInFolder, type StoredRun } from "./stored-run";
export { type RunState, type Verification, verifyRun } from "./verification";
export { type StoreSurvey, spareKinds, surveyWaste, type Waste, type WasteKind, wasteKinds } from "./waste";
