export { errorCode, FileError, faultInWords, makeFolder, writeFileAtomically } from "./atomic-file";
export { canonicalJson, hashOf, type Json } from "./canonical-json";
export { type CodeVersion, codeVersion, firstChange, git, trackedFiles } from "./git";
export { errorLines, exitStatus, quoted, runAsProgram } from "./program";
export { homeFolder, isInstalled, programFile, projectRoot } from "./project-root";
export { type Terminal, terminal } from "./terminal";
export { nearestName, UsageError } from "./usage-error";
