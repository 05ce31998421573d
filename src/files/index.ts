export { writeFileAtomically } from "./atomic-file";
export { errorCode, FileError, faultInWords } from "./file-error";
export { makeFolder } from "./make-folder";
