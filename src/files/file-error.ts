/** A file that could not be read or written, said so that a person can mend it. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** The system's short name of the fault: "ENOSPC". */
  readonly code: string;

  constructor(action: "read" | "write", path: string, cause: unknown) {
    super(`cannot ${action} ${path}: ${faultInWords(cause)}`, { cause });
    this.code = errorCode(cause);
  }
}

/** The system's short name of an error ("ENOENT"), or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What a fault of the system means, and what to do about it; the error's own message for a fault without words here. */
export function faultInWords(error: unknown): string {
  return inWords[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

const inWords: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space and run the same command again",
  EDQUOT: "your disk quota is used up; free some space and run the same command again",
  EACCES: "no permission; check who owns the folder, or choose another",
  EPERM: "no permission; check who owns the folder, or choose another",
  EROFS: "the file system is read-only; choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder; move it away or choose another folder",
  EEXIST: "a part of the path is a file, not a folder; move it away or choose another folder",
  EISDIR: "there is a folder of that name; move it away",
  ENOENT: "it does not exist",
};
