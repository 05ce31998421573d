/**
 * A contender, seen from the driver: one process, or several that do the same at once.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { computingEnvironment, type Placement, tasksetPath } from "../src/run";
import { type Answer, type Facts, messageSchema } from "./protocol";
import type { Task } from "./task";

export interface ContenderSpecification {
  /** "ours", "PyTorch, channels last": what its results stand under. */
  readonly name: string;
  /** Program and first arguments; the task follows as JSON. */
  readonly command: readonly [string, ...string[]];
  readonly task: Task;
  /** One entry a process. Several do the work at once, and what they measure counts for all together. */
  readonly placements: readonly Placement[];
}

/** A contender that is ready. */
export interface Contender {
  readonly name: string;
  readonly facts: Facts;
  /**
   * One turn. Of n processes it is the longest time over n: the time of one piece of work by all together.
   *
   * @throws ContenderError when a process ends, prints what is no answer, or takes too long
   */
  run(): Promise<Answer>;
  /** Ends its processes and waits for that. */
  leave(): Promise<void>;
}

/** A contender that cannot go on; the message is for people. */
export class ContenderError extends Error {
  override readonly name = "ContenderError";
}

/**
 * Starts a contender and waits until it is ready.
 *
 * @param secondsAtMost for getting ready, and again for every turn
 * @throws ContenderError when it does not start, ends, prints what is no message, or takes too long
 */
export async function startContender(specification: ContenderSpecification, secondsAtMost: number): Promise<Contender> {
  const { name, placements } = specification;
  const processes = placements.map((placement) => startProcess(specification, placement, secondsAtMost));
  const leave = async () => {
    await Promise.all(processes.map((process) => process.end()));
  };
  try {
    const [facts] = await Promise.all(
      processes.map(async (process) => {
        const message = await process.next();
        if ("ready" in message) return message.ready;
        throw new ContenderError("gave a number before it said that it is ready");
      }),
    );
    if (facts === undefined) throw new RangeError(`${name} needs at least one process`);
    return { name, facts, run: () => runAll(processes), leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function runAll(processes: readonly LineProcess[]): Promise<Answer> {
  const answers = await Promise.all(
    processes.map(async (process) => {
      process.send("run");
      const message = await process.next();
      if ("measured" in message) return message;
      throw new ContenderError("said that it is ready instead of answering");
    }),
  );
  const measured = Math.max(...answers.map((answer) => answer.measured)) / answers.length;
  return { ...answers[0], measured };
}

type Message = { readonly ready: Facts } | Answer;

interface LineProcess {
  send(line: string): void;
  /** Its next message. */
  next(): Promise<Message>;
  /** Ends its input, and the process itself where it does not go by that. */
  end(): Promise<void>;
}

const secondsToLeave = 5;

function startProcess(
  { command: [program, ...given], task }: ContenderSpecification,
  { threads, core }: Placement,
  secondsAtMost: number,
): LineProcess {
  const words = [program, ...given, JSON.stringify({ ...task, threads })];
  const taskset = core === null ? null : tasksetPath();
  const child = spawnWords(taskset === null ? words : [taskset, "-c", String(core), ...words], threads);
  let said = ""; // on standard error, its end
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  const lines: string[] = [];
  let gone: string | undefined;
  let wake = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      gone ??= how;
      wake();
      resolve();
    };
    child.on("error", (error) => end(`could not be started: ${error.message}`));
    child.on("close", (status, signal) => {
      const last = said.trimEnd().split("\n").at(-1);
      end(`${signal === null ? `ended with status ${status}` : `was ended by ${signal}`}${last ? `: ${last}` : ""}`);
    });
  });
  child.stdin.on("error", () => {}); // a line to a process that has just ended; its end is dealt with above

  return {
    send: (line) => {
      if (lines.length > 0) throw new ContenderError(`printed what nobody asked for: ${lines[0]!.slice(0, 200)}`);
      child.stdin.write(`${line}\n`);
    },
    async next() {
      if (lines.length === 0 && gone === undefined) {
        await new Promise<void>((resolve, reject) => {
          const limit = setTimeout(
            () => reject(new ContenderError(`did not answer within ${secondsAtMost} s`)),
            1000 * secondsAtMost,
          );
          wake = () => {
            clearTimeout(limit);
            resolve();
          };
        });
      }
      const line = lines.shift();
      if (line === undefined) throw new ContenderError(gone ?? "ended");
      return readMessage(line);
    },
    async end() {
      child.stdin.end();
      const limit = setTimeout(() => child.kill("SIGKILL"), 1000 * secondsToLeave);
      await ended;
      clearTimeout(limit);
    },
  };
}

function spawnWords([program, ...given]: readonly string[], threads: number): ChildProcessWithoutNullStreams {
  return spawn(program!, given, {
    env: {
      ...process.env,
      ...computingEnvironment(threads), // for peers, too: they gain as much
      ...(threads === 1 ? { TF_NUM_INTEROP_THREADS: "1" } : {}),
    },
  });
}

function readMessage(line: string): Message {
  const read = messageSchema.safeParse(asJson(line));
  if (!read.success) throw new ContenderError(`printed what is no answer: ${line.slice(0, 200)}`);
  if ("error" in read.data) throw new ContenderError(read.data.error);
  return read.data;
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
