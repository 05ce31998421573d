/** Attestations as they lie beside the reference runs. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../base";
import { type Attestation, parseAttestations } from "../identity";

/** The folder of the reference runs, among those of one's own in results/, and that of their pages, in reports/. */
export const referenceFolder = "reference";

/** The file of attestations. @param results folder of results */
export function attestationsFile(results: string): string {
  return path.join(results, referenceFolder, "attestations.json");
}

/** What each file held when it was last read: every point of a grid asks. */
const lastRead = new Map<string, { readonly state: string; readonly attestations: readonly Attestation[] }>();

/** The attestations beside the reference runs; none where there is no such file. @throws UsageError for a damaged one */
export function readAttestations(results: string): readonly Attestation[] {
  const file = attestationsFile(results);
  if (!existsSync(file)) return [];
  const { ino, size, mtimeMs } = statSync(file); // it is replaced as a whole: another inode, even within a tick of the clock
  const state = `${ino} ${size} ${mtimeMs}`;
  const last = lastRead.get(file);
  if (last?.state === state) return last.attestations;
  try {
    const attestations = parseAttestations(readFileSync(file));
    lastRead.set(file, { state, attestations });
    return attestations;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}
