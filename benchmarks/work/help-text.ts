/** Seconds from a command that asks for help to its text; of several commands, one a line, the median. */
import { projectRoot } from "../../src/base";
import { execute } from "../../src/runtime";
import { median } from "../../src/statistics";
import { serve } from "./serve";

serve(({ variant: commands }) => ({
  facts: { version: `Node ${process.versions.node}` },
  async run() {
    const all: number[] = [];
    for (const command of commands.split("\n")) all.push(await secondsToText(command));
    return median(all);
  },
}));

async function secondsToText(command: string): Promise<number> {
  const [program = "", ...words] = command.split(" ");
  const given = program === "npx" ? ["--no-install", ...words] : words;
  const start = performance.now();
  const { status, stdout, stderr } = await execute(program === "node" ? process.execPath : program, given, {
    cwd: projectRoot,
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0 || !stdout.includes("--scale")) throw new Error(`${command}: ${stderr || stdout}`);
  return seconds;
}
