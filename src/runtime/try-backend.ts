import { existsSync } from "node:fs";
import path from "node:path";
import { type BackendName, backendVariable } from "./backend-choice";
import { execute } from "./child";
import type { RuntimeFacts } from "./facts";
import { SetUpError } from "./set-up-error";

/**
 * Loads a backend in a child process and computes with it.
 *
 * @param root folder of the checkout, or of this package's own files
 * @throws SetUpError saying why the backend cannot be used
 */
export async function tryBackend(backend: BackendName, root: string): Promise<RuntimeFacts> {
  const { status, stdout, stderr } = await execute(process.execPath, loadTest(root), {
    cwd: root,
    env: { ...process.env, [backendVariable]: backend },
  });
  if (status === 0) return JSON.parse(stdout);
  // What went wrong stands first; then come remedies, or what a crash prints about itself.
  const said = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("  - "));
  const how = status === null ? "it crashed" : "it failed";
  throw new SetUpError(
    [`the backend "${backend}" was tried and ${how}`, ...said.slice(0, 4).map((line) => `    ${line}`)].join("\n"),
  );
}

/** What Node is given: the program itself where it is compiled, as in the npm package, else ts-node with it. */
function loadTest(root: string): string[] {
  const program = path.join(root, "src/runtime/load-test");
  if (existsSync(`${program}.js`)) return [`${program}.js`];
  return [path.join(root, "node_modules/ts-node/dist/bin.js"), `${program}.ts`];
}
