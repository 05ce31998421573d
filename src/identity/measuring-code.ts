/**
 * The code that a run's results depend on: what measures an experiment's cells, and what trains its networks, by the declarations
 * that they reach, kernels in C++ among them. Where it lies and what it is called does not count.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { hashOf, projectRoot, writeFileAtomically } from "../base";
import {
  type CodeIdentity,
  codeIdentitySchema,
  keptAnswer,
  keptReadings,
  openCode,
  type Root,
  sourceFolder,
} from "./declaration-hashes";
import { installedCode } from "./installed-code";

/** What determines an experiment's rows, and what determines a trained network: less, so that its change trains nothing anew. */
export interface MeasuringCode {
  readonly cells: CodeIdentity;
  readonly models: CodeIdentity;
}

/** Training and data: what the harness calls for a cell that asks for a network. */
const modelRoots: readonly Root[] = [
  { name: "training", file: "src/training/index.ts", export: "trainOrLoad" },
  { name: "data", file: "src/data/index.ts", export: "loadDataset" },
];

/** What the harness itself does with a cell. */
const cellRoot: Root = { name: "cell", file: "src/experiment/study.ts", export: "measureCell" };

/** The members of an experiment that determine its rows; its cells and parameters count as data. */
const measuringMembers = ["measure", "network"];

/**
 * Rooms that judge, show, store and start what is measured. Nothing that they return reaches a row: their functions are given
 * results, progress and faults, and what they hand to a cell (setting, parameters, data set, folders) is in its identity as data
 * or cannot change a row.
 */
const notMeasuring = /^src\/(archive|base|claims|cli|report|run|slurm|store)\//;

/** The function that all kernels of our own are called through, and the folder of their sources. */
const kernels = { calledBy: "src/ops/kernels.ts ownKernel", folder: "src/runtime/native" };

const cache = path.join(projectRoot, "node_modules", ".cache", "cnn-findings");
/** What was found out about source files, by this process and earlier ones. */
const readings = keptReadings(path.join(cache, "code-readings"));

/**
 * The code behind an experiment's results, as it is now.
 *
 * @param experimentFile absolute path
 * @param root the folder that holds src/; this project's own by default
 */
export function measuringCode(experimentFile: string, root = projectRoot): MeasuringCode {
  const installed = installedCode(root);
  if (installed.length > 0) {
    // Compiled, it has no sources to look through, and never changes by a line: the package counts as a whole.
    const whole: CodeIdentity = { version: 1, roots: { package: hashOf(installed) }, declarations: [] };
    return { cells: whole, models: whole };
  }
  const sources = readdirSync(path.join(root, kernels.folder)).sort();
  const file = path.relative(root, experimentFile).split(path.sep).join("/");
  const key = [root, file, sources, process.versions.node];
  return keptAnswer(path.join(cache, "measuring-code"), key, sourceFolder(root), (tree) => {
    const code = openCode(tree, {
      readings,
      stop: (name) => notMeasuring.test(name),
      native: { [kernels.calledBy]: sources.map((name) => `${kernels.folder}/${name}`) },
    });
    const members = measuringMembers.map((member): Root => ({ name: member, file, export: "default", member }));
    return { cells: code.identity([...members, cellRoot, ...modelRoots]), models: code.identity(modelRoots) };
  });
}

/** SHA-256 over the hashes of an identity's roots: what is in the identity of cells and networks. */
export function codeFingerprint({ version, roots }: CodeIdentity): string {
  return hashOf({ version, roots: { ...roots } });
}

/** The file in a run's folder that holds the code which measured it. */
export const codeFile = "code.json";

/** @param folder the run's results folder */
export function writeCodeRecord(folder: string, code: CodeIdentity): void {
  writeFileAtomically(path.join(folder, codeFile), `${JSON.stringify(code)}\n`);
}

/**
 * Reads the text of such a file.
 *
 * @param fingerprint of the same code, from the run's provenance
 * @throws RangeError when it is not the code that has that fingerprint, SyntaxError when it is not JSON
 */
export function readCodeRecord(text: string, fingerprint: string): CodeIdentity {
  const read = codeIdentitySchema.safeParse(JSON.parse(text));
  if (!read.success) throw new RangeError("it is not the code of a run, or that of an older version");
  if (codeFingerprint(read.data) !== fingerprint) throw new RangeError("it is not the code that provenance.json names");
  return read.data;
}
