/** What every room may use: words to the terminal, exit statuses, atomic files, git, and where the project lies. */
export { errorCode, FileError, faultInWords, makeFolder, writeFileAtomically } from "./atomic-file";
export { canonicalJson, hashOf, type Json } from "./canonical-json";
export { ChecksumListError, checksumFile, formatChecksums, parseChecksums, sha256 } from "./checksums";
export { RemediableError, UsageError } from "./errors";
export { type Failure, failureOf, isFailure } from "./failure";
export {
  fileKind,
  fileKindText,
  isGzip,
  isTar,
  parseJson,
  readBeginning,
  saveKerasModel,
} from "./file-kind";
export { cacheFolder, homeFolder, inHomeFolder, isInstalled, programFile, projectRoot } from "./folders";
export { type CodeVersion, codeVersion, firstChange, git, trackedFiles } from "./git";
export { acquireLock, isHeld, isRunning } from "./lock";
export { nearestName } from "./nearest-name";
export { commandText, errorLines, exitStatus, programName, programWords, runAsProgram } from "./program";
export { type Terminal, terminal } from "./terminal";
export { loadUserFile, loadUserFileAtOnce } from "./user-file";
export { about, alignedLines, capitalised, duration, listed, pathFrom, plural, relative } from "./words";
