import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../files";

/** Where a report looks for Plotly, relative to its page. */
export const plotlyAssetPath = "assets/plotly.js";

/**
 * Puts Plotly beside the reports of a folder, once for all of them: they open without a network.
 *
 * @param reportsFolder folder of the pages
 * @returns path of the copy; it is written anew only where it is missing or another than the installed one
 */
export async function ensurePlotlyAsset(reportsFolder: string): Promise<string> {
  const installed = require.resolve("plotly.js-dist/plotly.js");
  const copy = join(reportsFolder, plotlyAssetPath);
  const [wanted, present] = await Promise.all([readFile(installed), readFile(copy).catch(() => undefined)]);
  if (present === undefined || !wanted.equals(present)) writeFileAtomically(copy, wanted);
  return copy;
}
