export { writeFileAtomically } from "./atomic-file";
export { errorCode, FileError } from "./file-error";
