import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { loadUserFileAtOnce, nearestName, pathFrom, projectRoot, relative, UsageError } from "../base";
import type { Experiment } from "./experiment";

/** An experiment with the file that declares it. */
export interface FoundExperiment {
  readonly definition: Experiment;
  /** Absolute path. */
  readonly file: string;
}

/**
 * The experiments of a folder, one a file, in the order of their names.
 *
 * @param names only these, by the stems of their files; all when there are none
 * @throws UsageError when the folder holds none, when a name is not among them, and when a file declares no experiment
 */
export function findExperiments(folder: string, names: readonly string[]): FoundExperiment[] {
  const known = experimentNames(folder);
  if (known.length === 0) throw new UsageError(`there is no experiment in the folder ${folder}`);
  const problems = names.filter((name) => !known.includes(name)).map((name) => unknownExperiment(name, known));
  if (problems.length > 0) throw new UsageError(problems);
  const params = known.filter((name) => names.length === 0 || names.includes(name));
  return params.map((name) => loadExperiment(fileOf(folder, name)!));
}

/** Of an experiment's file; the npm package has its own compiled. */
const extensions = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** Names of the experiments in a folder, sorted: the stems of their files. */
export function experimentNames(folder: string): string[] {
  const files = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => /^[^.].*\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name)) // hidden files are an editor's
    .map((name) => path.parse(name).name);
  return [...new Set(files)].sort();
}

/**
 * The file of a program that is named by its path, with or without its extension.
 *
 * @throws UsageError where there is none, naming the nearest of the programs in its folder and of the project's experiments
 */
export function programFile(typed: string): string {
  const file = path.resolve(typed);
  const found = ["", ...extensions].map((extension) => file + extension).find(isFile);
  if (found !== undefined) return found;
  const own = path.join(projectRoot, "experiments");
  const programs = [...new Set([path.dirname(file), own])].flatMap((folder) =>
    experimentNames(folder).map((name) => ({ name, file: fileOf(folder, name)! })),
  );
  const nearest = nearestName(
    path.parse(file).name,
    programs.map(({ name }) => name),
  );
  const meant = programs.find(({ name }) => name === nearest);
  throw new UsageError(
    existsSync(file) ? `${typed} is a folder, and no program` : `there is no file ${typed}`,
    meant === undefined
      ? `The experiments are: ${experimentNames(own).join(", ")}.`
      : `Did you mean ${pathFrom(process.cwd(), meant.file)}?`,
  );
}

const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

function fileOf(folder: string, name: string): string | undefined {
  return extensions.map((extension) => path.join(folder, name + extension)).find(isFile);
}

function unknownExperiment(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const advice = meant === null ? `There are: ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return `there is no experiment "${name}". ${advice}`;
}

/** What an experiment's file exports: in this project it is loaded as all of its files are, elsewhere in any form there is. */
export function loadExperimentFile(file: string): unknown {
  return file.startsWith(projectRoot + path.sep) ? require(file) : loadUserFileAtOnce(file);
}

/** Imported, an experiment is only data: its command line starts only where its file is the program. */
function loadExperiment(file: string): FoundExperiment {
  const loaded = loadExperimentFile(file);
  const definition = (loaded as { default?: Partial<Experiment> } | null)?.default;
  if (typeof definition?.measure !== "function" || typeof definition.name !== "string") {
    throw new UsageError(
      `${relative(file)} declares no experiment`,
      'It needs `export default experiment("NAME", { ... })`; code that experiments share belongs into a room of src/.',
    );
  }
  const stem = path.parse(file).name;
  if (definition.name !== stem) {
    throw new UsageError(`${relative(file)} declares the experiment "${definition.name}": it must be named "${stem}"`);
  }
  return { definition: definition as Experiment, file };
}

/**
 * How the program runs an experiment: ["run", "block-deletion"]; of one that is not the project's own, ["run", "mine/widths.ts"].
 *
 * @param file absolute path of the experiment's file
 * @param from the folder in which the command is to be typed
 */
export function experimentWords(file: string, from: string): string[] {
  const isOurs = path.dirname(file) === path.join(projectRoot, "experiments");
  return ["run", isOurs ? path.parse(file).name : pathFrom(from, file)];
}
