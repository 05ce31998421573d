/** The versions of Node that are supported, so far as this machine has them. */
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import { cacheFolder } from "../../src/base";

/** Those that still get updates when this is released; 20.19 is the least that is needed. */
const supported = [20, 22, 24] as const;

/**
 * Declares a test on each supported version of Node. One that is not here is skipped, which the summary counts; `.ci/run` fetches
 * all of them as the npm packages `node@20` and so on.
 *
 * @param title what holds on each
 * @param check is given the program
 */
export function onEachNode(title: string, check: (node: string) => Promise<void>): void {
  for (const major of supported) {
    const node = programOf(major);
    if (node === undefined) test.skip(`on Node ${major}: ${title}`, () => {});
    else test(`on Node ${major}: ${title}`, () => check(node));
  }
}

function programOf(major: number): string | undefined {
  if (Number(process.versions.node.split(".")[0]) === major) return process.execPath;
  const fetched = path.join(nodesFolder, `node${major}`, "node_modules", ".bin", "node");
  return existsSync(fetched) ? fetched : undefined;
}

/** Where `.ci/run` puts them. */
const nodesFolder = process.env.CNN_FINDINGS_TEST_NODES ?? path.join(cacheFolder(), "test-nodes");
