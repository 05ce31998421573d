/** What a result depends on: the code that measures it, and the setting, data and machine that it is measured with. */
export {
  type CellIdentity,
  type CustomNetworkIdentity,
  cellId,
  differences,
  isSameCell,
  relevantParameters,
} from "./cell-identity";
export {
  type CodeFingerprints,
  codeFingerprints,
  countedCode,
  type FileReadings,
  fingerprintOf,
} from "./code-fingerprint";
export { readReadings, writeReadings } from "./code-readings";
export { changedCode, codeFile, readCodeRecord, writeCodeRecord } from "./code-record";
export { installedVersion } from "./installed-code";
