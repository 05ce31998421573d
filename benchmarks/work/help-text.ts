/** Seconds from a command that asks for help to its text. */
import { projectRoot } from "../../src/base";
import { execute } from "../../src/runtime";
import { serve } from "./serve";

serve(({ variant: command }) => {
  const [program = "", ...words] = command.split(" ");
  const given = program === "npx" ? ["--no-install", ...words] : words;
  return {
    facts: { version: `Node ${process.versions.node}` },
    async run() {
      const start = performance.now();
      const { status, stdout, stderr } = await execute(program === "node" ? process.execPath : program, given, {
        cwd: projectRoot,
      });
      const seconds = (performance.now() - start) / 1000;
      if (status !== 0 || !stdout.includes("--scale")) throw new Error(`${command}: ${stderr || stdout}`);
      return seconds;
    },
  };
});
