/** The files of a run or of a trained network, beside a list of their checksums. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ChecksumListError, checksumFile, formatChecksums, parseChecksums, sha256, writeFileAtomically } from "../base";

/** What is wrong with a file. */
interface FileFault {
  /** "altered": not as it was written. "incomplete": not there. */
  readonly state: "altered" | "incomplete";
  /** In one sentence without a full stop. */
  readonly text: string;
}

/**
 * Writes the checksums of a folder's files, which `sha256sum -c SHA256SUMS` checks in the folder.
 *
 * Written last, the list says that all of them belong together; `removeChecksums` comes before the first is changed.
 *
 * @param names the files, by paths within the folder
 * @throws FileError when it cannot be written
 */
export function writeChecksums(folder: string, names: readonly string[]): void {
  const digests = new Map([...names].sort().map((name) => [name, digestOf(path.join(folder, name))]));
  writeFileAtomically(path.join(folder, checksumFile), formatChecksums(digests));
}

/** Takes the list away while files are written, so that a run which is cut off then does not seem altered by hand. */
export function removeChecksums(folder: string): void {
  rmSync(path.join(folder, checksumFile), { force: true });
}

/**
 * Whether the files of a folder are as they were written.
 *
 * @param needed files that must be among the listed ones
 * @returns one fault a file; none where all are there, unchanged
 */
export function checkFiles(folder: string, needed: readonly string[]): FileFault[] {
  const list = path.join(folder, checksumFile);
  if (!existsSync(list)) {
    const text = `${checksumFile} is missing: writing was cut off, or an older version wrote it`;
    return [{ state: "incomplete", text }];
  }
  let digests: Map<string, string>;
  try {
    digests = parseChecksums(readFileSync(list, "utf8"));
  } catch (error) {
    if (!(error instanceof ChecksumListError)) throw error;
    return [{ state: "altered", text: `${checksumFile} is damaged: line ${error.line}` }];
  }
  const unlisted = needed.filter((name) => !digests.has(name));
  return [
    ...unlisted.map((name): FileFault => ({ state: "altered", text: `${checksumFile} does not list ${name}` })),
    ...[...digests].flatMap(([name, digest]): FileFault[] => {
      const file = path.join(folder, name);
      if (!existsSync(file)) return [{ state: "incomplete", text: `${name} is missing` }];
      return digestOf(file) === digest ? [] : [{ state: "altered", text: `${name} is not as it was written` }];
    }),
  ];
}

function digestOf(file: string): string {
  return sha256(readFileSync(file));
}
