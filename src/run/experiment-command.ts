import path from "node:path";
import { isInstalled, projectRoot, quoted } from "../base";

/**
 * How an experiment is run: "npx ts-node experiments/block-deletion.ts"; where this is installed as a package,
 * "npx cnn-findings run block-deletion".
 *
 * @param file absolute path of the experiment's file
 * @param from the folder in which the command is to be typed
 */
export function experimentCommand(file: string, from: string): string {
  const place = quoted(path.relative(from, file).split(path.sep).join("/"));
  if (!isInstalled) return `npx ts-node ${place}`;
  const isOurs = path.dirname(file) === path.join(projectRoot, "experiments");
  return `npx cnn-findings run ${isOurs ? path.basename(file, path.extname(file)) : place}`;
}
