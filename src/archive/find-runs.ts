import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { nearestName, UsageError } from "../base";

/** The files that tell a run's folder from others. */
const telling = ["claims.csv", "provenance.json"];

/** Whether a folder holds a run, be it only in part. */
export function holdsRun(folder: string): boolean {
  return telling.some((file) => existsSync(path.join(folder, file)));
}

/** Names of the runs in a folder of results, sorted: of its folders, those that hold one. */
export function findRuns(results: string): string[] {
  const entries = existsSync(results) ? readdirSync(results) : [];
  return entries.filter((name) => holdsRun(path.join(results, name))).sort();
}

/**
 * The runs that are asked for by name; all when none is named.
 *
 * @param known the runs in the folder `results`
 * @throws UsageError when there is no run at all, and for each name that is not among them
 */
export function chooseRuns(names: readonly string[], known: readonly string[], results: string): readonly string[] {
  if (known.length === 0) {
    throw new UsageError(`there is no run in the folder ${results}`, "Run an experiment first: npm run block-deletion");
  }
  const problems = names.filter((name) => !known.includes(name)).map((name) => unknownRun(name, known));
  if (problems.length > 0) throw new UsageError(problems);
  return names.length === 0 ? known : known.filter((name) => names.includes(name));
}

/** Says that there is no such run, and which one may be meant. */
export function unknownRun(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const others = known.filter((one) => one.startsWith(`${name}-`));
  const advice =
    others.length > 0
      ? `There is: ${others.join(", ")}.`
      : meant === null
        ? `There are: ${known.join(", ")}.`
        : `Did you mean "${meant}"?`;
  return `there is no run "${name}". ${advice}`;
}
