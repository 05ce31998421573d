import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { commandText, homeFolder, nearestName, programWords, UsageError } from "../base";
import { shownFolder } from "../run";
import { type Provenance, referenceFolder } from "../store";

/** The files that tell a run's folder from others. */
const telling = ["claims.csv", "provenance.json"];

/** Whether a folder holds a run, be it only in part. */
export function holdsRun(folder: string): boolean {
  return telling.some((file) => existsSync(path.join(folder, file)));
}

/** Names of the runs in a folder, sorted: of its folders, those that hold one. */
export function runsIn(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  return entries.filter((name) => holdsRun(path.join(folder, name))).sort();
}

/** Names of the runs in a folder of results: one's own ("block-deletion"), then the reference runs ("reference/block-deletion"). */
export function findRuns(results: string): string[] {
  return [...runsIn(results), ...runsIn(path.join(results, referenceFolder)).map(asReference)];
}

/** @example asReference("block-deletion") // "reference/block-deletion" */
export function asReference(name: string): string {
  return `${referenceFolder}/${name}`;
}

function isUsual(results: string): boolean {
  return results === path.join(homeFolder, "results");
}

/**
 * The command that makes a stored run again where it lies, in the current folder: the command that the run tells is typed in the
 * project's, and names no folders.
 *
 * @param folder of the run
 */
export function commandAgain({ command, reports }: Provenance, folder: string): string {
  const isOfReference = path.basename(path.dirname(folder)) === referenceFolder;
  const results = path.resolve(folder, isOfReference ? "../.." : "..");
  const more = commandText([
    ...(isUsual(results) ? [] : ["--results", shownFolder(results)]),
    ...(reports === undefined ? [] : ["--reports", shownFolder(path.resolve(results, reports))]),
    ...(isOfReference ? ["--update-reference"] : []),
  ]);
  const whole = more === "" ? command : `${command} ${more}`;
  return process.cwd() === homeFolder ? whole : `cd ${commandText([homeFolder])} && ${whole}`;
}

/** Whether a name is that of a reference run. */
export function isReference(name: string): boolean {
  return name.startsWith(`${referenceFolder}/`);
}

/**
 * The runs that are asked for by name; all when none is named. A name means one's own run where there is one, else the
 * reference run of that name.
 *
 * @param known the runs in the folder `results`
 * @throws UsageError when there is no run at all, and for each name that is not among them
 */
export function chooseRuns(names: readonly string[], known: readonly string[], results: string): readonly string[] {
  if (known.length === 0) {
    const first = [...programWords(), "run", "block-deletion", ...(isUsual(results) ? [] : ["--results", results])];
    throw new UsageError(`there is no run in the folder ${results}`, `Run an experiment first: ${commandText(first)}`);
  }
  const meant = new Map(names.map((name) => [name, [name, asReference(name)].find((one) => known.includes(one))]));
  const problems = names.filter((name) => meant.get(name) === undefined).map((name) => unknownRun(name, known));
  if (problems.length > 0) throw new UsageError(problems);
  const chosen = new Set(meant.values());
  return names.length === 0 ? known : known.filter((name) => chosen.has(name));
}

/** Says that there is no such run, and which one may be meant. */
export function unknownRun(name: string, known: readonly string[]): string {
  const meant = nearestName(name, [...known, ...known.map((one) => path.basename(one))]);
  const others = known.filter((one) => path.basename(one).startsWith(`${name}-`));
  const advice =
    others.length > 0
      ? `There is: ${others.join(", ")}.`
      : meant === null
        ? `There are: ${known.join(", ")}.`
        : `Did you mean "${meant}"?`;
  return `there is no run "${name}". ${advice}`;
}
