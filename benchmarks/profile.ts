/** Where the time of a training step goes, by TensorFlow's ops and JavaScript: `npx ts-node benchmarks/profile.ts`. */
import { Command, Option } from "commander";
import picocolors from "picocolors";
import { exitStatus, runAsProgram, UsageError } from "../src/base";
import { multiplyAccumulates } from "../src/networks";
import { type KernelTime, kernelTimes, runtimeFacts } from "../src/runtime";
import { median, quantity } from "../src/statistics";
import { columnsText } from "./table";
import { type Task, task } from "./task";
import { wholeNumber } from "./whole-number";
import { architectureOf } from "./work/serve";
import { noiseTrainer } from "./work/training";

interface Options {
  readonly network: string;
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
  readonly width: number;
  readonly steps: number;
  readonly precision: Task["precision"];
}

async function profile(words: readonly string[]): Promise<number> {
  const command = new Command("npx ts-node benchmarks/profile.ts")
    .exitOverride()
    .description("Shows where the time of a training step goes: by TensorFlow's ops, and what is left for JavaScript.")
    .option("--network <name>", "by its name, with the depth", "resnet20")
    .option("--batch <n>", "images of a mini-batch", wholeNumber, 128)
    .option("--side <n>", "height and width of the images", wholeNumber, 32)
    .option("--channels <n>", "of the images", wholeNumber, 3)
    .option("--width <n>", "filters of the first stage", wholeNumber, 16)
    .option("--steps <n>", "training steps, after two to warm up", wholeNumber, 10)
    .addOption(new Option("--precision <name>", "of activations").choices(["float32", "bfloat16"]).default("float32"));
  try {
    command.parse([...words], { from: "user" });
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    return exitCode === 0 ? exitStatus.success : exitStatus.misuse; // commander has said why
  }
  const { steps, ...options } = command.opts<Options>();
  const given = task({ work: "profile", ...options, images: options.batch });
  const architecture = checked(() => architectureOf(given));
  const { trainer } = noiseTrainer(given);
  let index = 0;
  const step = () => trainer.step(index++);
  step();
  step();
  const alone = Array.from({ length: steps }, () => millisecondsOf(step));
  let timed = 0;
  const times = kernelTimes(() => {
    timed = millisecondsOf(() => {
      for (let i = 0; i < steps; i++) step();
    });
  });
  const { tensorFlowVersion, threads, processor } = runtimeFacts();
  const macs = multiplyAccumulates(architecture) * given.batch;
  console.log(
    `${given.network}, ${given.batch} images of ${given.side}x${given.side}x${given.channels}, ${given.precision}, ` +
      `${quantity(macs / 1e9)} thousand million multiply-accumulates forward\n` +
      `TensorFlow ${tensorFlowVersion}, ${threads} threads, ${processor.model}\n` +
      `a step takes ${quantity(median(alone), "ms")} (median of ${steps}), ` +
      `while it is timed ${quantity(timed / steps, "ms")}\n`,
  );
  console.log(profileText(times, timed, steps, picocolors.isColorSupported));
  return exitStatus.success;
}

/** The table: calls and milliseconds a step of each op, and their share of the whole; what is left is JavaScript's. */
export function profileText(
  times: readonly KernelTime[],
  milliseconds: number,
  steps: number,
  colour: boolean,
): string {
  const inside = times.reduce((sum, time) => sum + time.milliseconds, 0);
  const row = (name: string, calls: string, taken: number) => [
    name,
    calls,
    (taken / steps).toFixed(2),
    `${((100 * taken) / milliseconds).toFixed(1)} %`,
  ];
  return columnsText(
    [
      ["op", "calls a step", "ms a step", "share"],
      ...times.map((time) => row(time.name, quantity(time.calls / steps), time.milliseconds)),
      row("JavaScript (the rest)", "", milliseconds - inside),
      row("whole step", "", milliseconds),
    ],
    colour,
  );
}

function millisecondsOf(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** What is wrong with a network's name or sizes is the person's mistake. */
function checked<Value>(build: () => Value): Value {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

if (require.main === module) void runAsProgram(profile);
