/** Files that TypeScript accepts give their network on every supported Node, from a checkout; tests/package does it installed. */

import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { cnnFindings } from "../run/program";
import { onEachNode } from "../runtime/nodes";
import { root, temporaryFolder } from "../runtime/sandbox";
import { loadAll, writeUserProjects } from "./user-files";

const folder = temporaryFolder();
const projects = writeUserProjects(folder);

onEachNode("every form of file gives its network", async (node) => {
  const said = await loadAll(node, path.join(root, "src"), folder, projects);
  assert.ok(Object.keys(said).length > 35, `${Object.keys(said).length}`);
  assert.equal(
    Object.entries(said).filter(([, text]) => text !== "ok"),
    [],
  );
});

onEachNode("an experiment of one's own is run", async (node) => {
  const results = [
    "--results",
    path.join(temporaryFolder(), "results"),
    "--reports",
    path.join(temporaryFolder(), "reports"),
  ];
  const ended = await execute(node, [cnnFindings, "run", "es modules/counting.mts", "--backend", "cpu", ...results], {
    cwd: folder,
  });
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /^H99 +✓ reproduced/m);
});

test.run();
