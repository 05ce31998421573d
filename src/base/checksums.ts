import { createHash } from "node:crypto";
import path from "node:path";

/** The file beside others that holds their digests, in the form of `sha256sum`. */
export const checksumFile = "SHA256SUMS";

/** SHA-256, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A line of `sha256sum`: digest, a space, a space or the mark of binary mode, the file's name. */
const line = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/i;

/**
 * The digests in a list of checksums, by file name.
 *
 * @param text as `sha256sum` writes it; empty lines and comments, which begin with #, are passed over
 * @throws ChecksumListError for the first other line, and for a name that leads out of the list's own folder
 */
export function parseChecksums(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const [index, given] of text.split(/\r?\n/).entries()) {
    if (given.trim() === "" || given.startsWith("#")) continue;
    const [, digest, name] = line.exec(given) ?? [];
    if (digest === undefined || name === undefined || leadsOut(name)) throw new ChecksumListError(index + 1, given);
    digests.set(name, digest.toLowerCase());
  }
  return digests;
}

/** A list that `sha256sum -c` and `parseChecksums` read. */
export function formatChecksums(digests: ReadonlyMap<string, string>): string {
  return [...digests].map(([name, digest]) => `${digest}  ${name}\n`).join("");
}

/** A line of a list of checksums that is none. */
export class ChecksumListError extends Error {
  override readonly name = "ChecksumListError";

  constructor(
    /** Counted from 1. */
    readonly line: number,
    given: string,
  ) {
    super(`line ${line}: need "<64 hexadecimal digits>  <file name>", got "${given}"`);
  }
}

/** Whether a path does not stay within the folder that it starts from. */
function leadsOut(name: string): boolean {
  return path.isAbsolute(name) || name.split(/[/\\]/).includes("..");
}
