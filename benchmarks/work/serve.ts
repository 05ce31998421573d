/** Our side of the benchmark's protocol (benchmarks/protocol.ts): what a program of this folder does with its task. */
import { createInterface } from "node:readline";
import { type Architecture, buildByName, createNetwork, type Network } from "../../src/networks";
import { runtimeFacts } from "../../src/runtime";
import type { Answer, Facts } from "../protocol";
import { type Task, taskSchema } from "../task";

export interface Work {
  readonly facts: Facts;
  /** One turn: the measured number, alone or with a note. */
  run(): number | Answer | Promise<number | Answer>;
}

/** Prepares the work of the task on the command line, says that it is ready, and does a turn for each line "run". */
export async function serve(prepare: (task: Task) => Work | Promise<Work>): Promise<void> {
  try {
    const { facts, run } = await prepare(taskSchema.parse(JSON.parse(process.argv.at(-1) ?? "")));
    say({ ready: facts });
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() !== "run") continue;
      const answer = await run();
      say(typeof answer === "number" ? { measured: answer } : answer);
    }
    process.exit(0);
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

/** Mean wall time of one call of `work`, in seconds. */
export async function secondsOf(work: () => unknown, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await work();
  return (performance.now() - start) / 1000 / repeats;
}

/** The network of a task, as data. */
export function architectureOf({ network, side, channels, width }: Task): Architecture {
  return buildByName(network, { inputShape: [side, side, channels], classes: 10, width });
}

/** The same network with weights of seed 1, in the task's precision. */
export function networkOf(task: Task): Network {
  return createNetwork(architectureOf(task), 1, task.precision === "bfloat16" ? task.precision : undefined);
}

/** What stands for our version: that of the TensorFlow library that computes. */
export function engine(): string {
  const { backend, tensorFlowVersion } = runtimeFacts();
  return tensorFlowVersion === null ? backend : `TensorFlow ${tensorFlowVersion}`;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
