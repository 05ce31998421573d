/** Seconds from `npx ts-node experiments/X.ts --help` to its text. */
import path from "node:path";
import { projectRoot } from "../../src/base";
import { execute } from "../../src/runtime";
import { serve } from "./serve";

serve(({ variant: experiment }) => ({
  facts: { version: `Node ${process.versions.node}` },
  async run() {
    const start = performance.now();
    const { status, stdout, stderr } = await execute(
      "npx",
      ["--no-install", "ts-node", path.join("experiments", `${experiment}.ts`), "--help"],
      { cwd: projectRoot },
    );
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0 || !stdout.includes("--scale")) throw new Error(`${experiment} --help: ${stderr || stdout}`);
    return seconds;
  },
}));
