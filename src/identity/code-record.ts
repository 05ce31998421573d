/**
 * The code behind a run, kept with its results: file by file, so that a checkout without any store can say later which
 * of them changed.
 */
import path from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../base";
import { fingerprintOf } from "./code-fingerprint";

/** The file in a run's folder that holds the entries of `countedCode`. */
export const codeFile = "code.json";

/** @param folder the run's results folder @param entries as `countedCode` gives them for cells */
export function writeCodeRecord(folder: string, entries: readonly string[]): void {
  writeFileAtomically(path.join(folder, codeFile), `${JSON.stringify(entries, null, 1)}\n`);
}

/**
 * Reads the text of such a file.
 *
 * @param fingerprint of the same code, from the run's provenance
 * @throws RangeError when they are not the entries that have that fingerprint, SyntaxError when it is not JSON
 */
export function readCodeRecord(text: string, fingerprint: string): string[] {
  const read = z.array(z.string()).safeParse(JSON.parse(text));
  if (!read.success) throw new RangeError("it is not a list of texts");
  if (fingerprintOf(read.data) !== fingerprint) throw new RangeError("it is not the code that provenance.json names");
  return read.data;
}

/**
 * What differs between the entries of two versions of the code: paths of files, each once, and packages with their
 * versions.
 *
 * @returns sorted; "experiment" for the measuring part of the experiment's own file
 * @example ["src/networks/engine/forward.ts", "zod 4.1.0 -> 4.1.1"]
 */
export function changedCode(then: readonly string[], now: readonly string[]): string[] {
  const [before, after] = [new Set(then), new Set(now)];
  const gone = then.filter((entry) => !after.has(entry));
  const come = now.filter((entry) => !before.has(entry));
  const versionsOf = (entries: readonly string[]) => new Map(entries.filter(isPackage).map(placeAndRest));
  const [versionsThen, versionsNow] = [versionsOf(gone), versionsOf(come)];
  const names = new Set([...gone, ...come].map((entry) => placeAndRest(entry)[0]));
  return [...names].sort().map((name) => {
    const [version, newer] = [versionsThen.get(name), versionsNow.get(name)];
    return version === undefined && newer === undefined ? name : `${name} ${version ?? "none"} -> ${newer ?? "none"}`;
  });
}

/** An entry is a place, a space, and what is known about it. */
function placeAndRest(entry: string): readonly [string, string] {
  const space = entry.indexOf(" ");
  return [entry.slice(0, space), entry.slice(space + 1)];
}

/** Files have a path from the project's root, packages their name alone. */
function isPackage(entry: string): boolean {
  const [place] = placeAndRest(entry);
  return place.startsWith("@") || (place !== "experiment" && !place.includes("/"));
}
