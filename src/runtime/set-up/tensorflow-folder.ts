import { existsSync } from "node:fs";
import path from "node:path";
import { SetUpError } from "../set-up-error";
import { tensorFlowVersion } from "../set-up-options.cjs";

/** A folder that holds TensorFlow's C++ libraries and headers, as the Python package `tensorflow` is laid out. */
export interface TensorFlowFolder {
  /** Absolute path. */
  readonly path: string;
  /** File names of the libraries within it, in the order in which a linker wants them. */
  readonly libraries: readonly string[];
}

/**
 * Finds TensorFlow in a folder that the user named: the package's own, or the site-packages around it.
 *
 * @throws SetUpError naming what is missing
 */
export function tensorFlowFolder(named: string, platform: string = process.platform): TensorFlowFolder {
  const folder = [named, path.join(named, "tensorflow")].find(
    (candidate) => missingIn(candidate, platform).length === 0,
  );
  if (folder !== undefined) return { path: folder, libraries: libraryNames(platform) };
  if (!existsSync(named)) throw new SetUpError(`there is no folder ${named}`, remedies);
  throw new SetUpError(
    `${named} holds no whole TensorFlow: it lacks ${missingIn(named, platform).join(", ")}`,
    remedies,
  );
}

const remedies = [
  'need a folder such as the one that `python3 -c "import tensorflow as t; print(t.__path__[0])"` prints',
  `the harness is tried with TensorFlow ${tensorFlowVersion}`,
  "`npx cnn-findings setup --cpu` fetches one instead",
];

function missingIn(folder: string, platform: string): string[] {
  return [...libraryNames(platform), ...headers].filter((name) => !existsSync(path.join(folder, name)));
}

function libraryNames(platform: string): string[] {
  return platform === "darwin"
    ? ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"]
    : ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
}

/** The ones that the binding's sources include. */
const headers = ["include/tensorflow/c/eager/c_api.h", "include/tensorflow/core/platform/ctstring_internal.h"];

/**
 * The folder of an installed package, as Node finds it: in the node_modules of a folder, or of one around it, where the
 * project stands that this is installed in.
 *
 * @param name "node-api-headers"
 * @param from folder of the checkout, or of this package's own files in a project
 * @throws SetUpError when it is nowhere
 */
export function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, "node_modules", name);
    if (existsSync(path.join(found, "package.json"))) return found;
    if (folder === path.dirname(folder)) break;
  }
  throw new SetUpError(`the package ${name} is not installed`, [
    "`npm install --ignore-scripts` brings what is missing",
  ]);
}
