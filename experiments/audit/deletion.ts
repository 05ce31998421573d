/** What the audit measures on a network after a short training: what it loses with blocks deleted (H6). */
import { takeAtMost } from "../../src/data";
import type { Measuring } from "../../src/experiment";
import { fullRoute, keepsShape } from "../../src/networks";
import { deletableBlocks, routeWithout, sampleBlocks } from "../../src/routes";
import { mean, median } from "../../src/statistics";
import { rowOf } from "./rows";

/** Rise of the test error without one block, of either kind, and without random halves of those that keep their shape. */
export async function deletionRows(run: Measuring, testImages: number, samples: number) {
  const { architecture, test, evaluate } = await run.trained();
  const [keeps, blocks] = [keepsShape(architecture), deletableBlocks(architecture)];
  const ordinary = blocks.filter((block) => keeps[block]);
  const halves = Array.from({ length: samples }, (_, sample) =>
    sampleBlocks(ordinary, Math.floor(ordinary.length / 2), run.random("deleted half", sample)),
  );
  const deleted = [...blocks.map((block) => [block]), ...halves].map((set) => routeWithout(architecture, set));
  const images = takeAtMost(test, testImages);
  const [intact, ...lesioned] = await evaluate([fullRoute(architecture), ...deleted], images, "deleting blocks");
  const rises = lesioned.map(({ topOneError }) => 100 * (topOneError - intact!.topOneError));
  const single = (kept: boolean) => blocks.flatMap((block, i) => (keeps[block] === kept ? rises[i]! : []));
  const row = (quantity: string, found: number) =>
    rowOf({ claim: "H6", quantity, unit: "points", lecture: ["below", 5] }, found);
  return [
    row("rise without one block that keeps its shape, median,", median(single(true))),
    row("rise without one block that halves the image, mean,", mean(single(false))),
    row("rise without half of the blocks, mean,", mean(rises.slice(blocks.length))),
  ];
}
