import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../base";

/** The file in a run's folder that holds the digests of its others, in the form of `sha256sum`. */
export const checksumFile = "SHA256SUMS";

/** What is wrong with a file of a run. */
export interface FileFault {
  /** "altered": not as the run wrote it. "incomplete": not there. */
  readonly state: "altered" | "incomplete";
  /** In one sentence without a full stop. */
  readonly text: string;
}

/** A line of `sha256sum`: digest, a space, a space or the mark of binary mode, the file's name. */
const line = /^([0-9a-f]{64}) [ *](.+)$/;

/**
 * Writes the digests of a run's files, which `sha256sum -c SHA256SUMS` checks in the run's folder.
 *
 * Written last, it says that all of them belong together; `forgetRunChecksums` comes before the first is changed.
 *
 * @param folder the run's results folder
 * @param names its files, by paths within it
 * @throws FileError when it cannot be written
 */
export function writeRunChecksums(folder: string, names: readonly string[]): void {
  const lines = [...names].sort().map((name) => `${digestOf(path.join(folder, name))}  ${name}\n`);
  writeFileAtomically(path.join(folder, checksumFile), lines.join(""));
}

/** Takes the digests away while files are written, so that a run which is cut off then does not seem altered by hand. */
export function forgetRunChecksums(folder: string): void {
  rmSync(path.join(folder, checksumFile), { force: true });
}

/**
 * Whether a run's files are as they were written.
 *
 * @param needed files that must be among the listed ones
 * @returns one fault a file; none where all are there, unchanged
 */
export function checkRunFiles(folder: string, needed: readonly string[]): FileFault[] {
  const list = path.join(folder, checksumFile);
  if (!existsSync(list)) {
    const text = `${checksumFile} is missing: writing was cut off, or an older version wrote it`;
    return [{ state: "incomplete", text }];
  }
  const digests = new Map<string, string>();
  for (const [index, given] of readFileSync(list, "utf8").split(/\r?\n/).entries()) {
    if (given === "") continue;
    const [, digest, name] = line.exec(given) ?? [];
    if (digest === undefined || name === undefined || leadsOut(name)) {
      return [{ state: "altered", text: `${checksumFile} is damaged: line ${index + 1}` }];
    }
    digests.set(name, digest);
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

/** Whether a path does not stay within the folder that it starts from. */
function leadsOut(name: string): boolean {
  return path.isAbsolute(name) || name.split(/[/\\]/).includes("..");
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
