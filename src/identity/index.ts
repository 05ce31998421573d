/** What a result depends on: the code that measures it, and the setting, data and machine that it is measured with. */

export {
  type Attestation,
  type AttestedCell,
  type AttestedExperiment,
  changedDeclarations,
  formatAttestations,
  judgeCode,
  judgementText,
  mergeAttestations,
  parseAttestations,
  trainingCode,
} from "./attestation";
export {
  askedId,
  type CellIdentity,
  type CustomNetworkIdentity,
  cellId,
  differences,
  identityParameters,
  isSameCell,
  isStoredId,
  storedId,
} from "./cell-identity";
export {
  type CodeIdentity,
  openCode,
  type Root,
  type SourceTree,
  sourceFolder,
} from "./declaration-hashes";
export { installedVersion } from "./installed-code";
export {
  codeFile,
  codeFingerprint,
  type MeasuringCode,
  measuringCode,
  readCodeRecord,
  writeCodeRecord,
} from "./measuring-code";
export {
  factDifferences,
  identityOfFacts,
  mayBeOfNode,
  type RuntimeIdentity,
  runtimeDifferences,
  runtimeIdentity,
  runtimeIdentitySchema,
  runtimeName,
} from "./runtime-identity";
