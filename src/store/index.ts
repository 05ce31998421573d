/** What is kept between runs: cells, trained networks, locks, checksums, and the folders of a run. */
export {
  type CellRecord,
  type CellStore,
  cellStore,
  type ModelUse,
  modelUseSchema,
  recordSchema,
  rowsSchema,
} from "./cell-record";
export { discardDamaged, sealModel } from "./model-files";
export { acquireLock, isHeld } from "./model-lock";
export { type Provenance, parseProvenance, provenanceFile } from "./provenance";
export { checkRunFiles, forgetRunChecksums, writeRunChecksums } from "./run-checksums";
export { makeFolders, type RunFolders, runFolders, runName } from "./run-folders";
