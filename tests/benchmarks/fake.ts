import type { ContenderSpecification } from "../../benchmarks/contender";
import { task } from "../../benchmarks/task";

/** A contender that runs JavaScript: `say(message)` prints a line, `onRun(f)` calls f(turn) at each line "run". */
export function fake(name: string, script: string, processes = 1): ContenderSpecification {
  const program = `
    const task = JSON.parse(process.argv.at(-1));
    const say = (message) => console.log(typeof message === "string" ? message : JSON.stringify(message));
    const onRun = (answer) => {
      let turn = 0;
      require("node:readline").createInterface({ input: process.stdin }).on("line", () => answer(turn++));
    };
    ${script}`;
  return {
    name,
    command: [process.execPath, "-e", program],
    task: task({ work: "nothing", network: "none" }),
    placements: Array.from({ length: processes }, () => ({ threads: 1, core: null })),
  };
}

/** One that is ready and answers every turn by the values in turn. */
export function steady(
  name: string,
  values: readonly number[],
  facts: object = { version: "1" },
): ContenderSpecification {
  return fake(
    name,
    `say({ ready: ${JSON.stringify(facts)} }); onRun((i) => say({ measured: ${JSON.stringify(values)}[i] }));`,
  );
}
