/** What is kept between runs: cells, trained networks, checksums, and the folders of a run. */
export { attestationsFile, readAttestations, referenceFolder } from "./attestations";
export {
  type CellRecord,
  type CellStore,
  cellStore,
  type ModelUse,
  modelUseSchema,
  recordSchema,
  rowsSchema,
} from "./cell-record";
export { checkFiles, removeChecksums, writeChecksums } from "./checked-files";
export { discardDamaged, sealModel } from "./model-files";
export {
  type Provenance,
  parseProvenance,
  provenanceFile,
  runtimeSchema,
  type StatisticsOutcome,
  type Surroundings,
  statisticsSchema,
} from "./provenance";
export { isDefaultRun, makeFolders, type RunFolders, runFolders, runName } from "./run-folders";
