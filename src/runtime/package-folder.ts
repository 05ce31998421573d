import { existsSync } from "node:fs";
import path from "node:path";
import { SetUpError } from "./set-up-error";

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
