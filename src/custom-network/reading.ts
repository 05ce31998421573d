/** Has a file with a custom network read by a process that ends with it: see `reader.ts`. */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { z } from "zod";
import { type Failure, isFailure, programFile, type UsageError } from "../base";
import type { Architecture } from "../networks";
import type { BackendName } from "../runtime";
import { type OnnxFacts, readArchitecture } from "./file";
import type { ImageScale } from "./images";
import type { ReadingRequest } from "./reader";

/** How it is read. */
export interface ReadingOptions {
  readonly backend: BackendName;
  /** Whether a failure is told with its stack. */
  readonly debug: boolean;
}

/** What the file gives, but for the weights themselves. */
export interface ReadNetwork {
  readonly architecture: Architecture;
  /** Of its weights; null where it gives none. */
  readonly checksum: string | null;
  /** How images were prepared for its weights; null where it does not say, or gives none. */
  readonly images: ImageScale | null;
  /** What is known of it where it is of an ONNX file. */
  readonly onnx?: OnnxFacts | null;
}

const answerSchema = z.union([
  z.object({ failure: z.custom<Failure>(isFailure) }),
  z.object({
    architecture: z.unknown(),
    checksum: z.string().nullable(),
    images: z.custom<ImageScale | null>((value) => typeof value === "object"),
    onnx: z.object({ version: z.string(), notes: z.array(z.string()), isPrepared: z.boolean() }).nullable(),
  }),
]);

const expected =
  "Need a default export (or module.exports) that is an architecture { name, inputShape, classes, stem, blocks, head }, a " +
  "network with weights { architecture, weights }, or a function ({ inputShape, classes }) => one of these.";

/**
 * Reads a file's network. It may take its time, and print: what it prints is shown where it fails.
 *
 * @param refuse makes the error of a problem and an advice
 * @throws what `refuse` makes, when the file gives no network
 */
export async function readCustomNetwork(
  request: ReadingRequest,
  { backend, debug }: ReadingOptions,
  refuse: (problem: string, advice?: string) => UsageError,
): Promise<ReadNetwork> {
  const child = fork(programFile("custom-network/reader"), [], {
    execArgv: ["-r", path.join(__dirname, "..", "cli", "register.cjs")],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, CNN_FINDINGS_BACKEND: backend },
  });
  const { answer, printed, how } = await answerOf(child, request);
  if (answer === null) {
    const said = printed.trim() === "" ? "" : `; it printed:\n${printed.trim()}`;
    throw refuse(`the process that loads it ${how}${said}`);
  }
  const read = answerSchema.parse(answer);
  if ("architecture" in read) return { ...read, architecture: readArchitecture(read.architecture) };
  const { name, message, stack } = read.failure;
  if (name !== "RangeError" && name !== "NoNetwork") throw Object.assign(new Error(message), { name, stack }); // TensorFlow is not set up
  throw refuse(debug && stack !== "" ? `${message}\n${stack}` : message, name === "NoNetwork" ? expected : undefined);
}

/** `readCustomNetwork` for plans that put the same files to several experiments: each is read once for a size of its images. */
export function readingOnce(): typeof readCustomNetwork {
  const known = new Map<string, Promise<ReadNetwork>>();
  return (request, options, refuse) => {
    const key = JSON.stringify(request);
    const read = known.get(key) ?? readCustomNetwork(request, options, refuse);
    known.set(key, read);
    return read;
  };
}

interface Answer {
  /** Null where it ended without one. */
  readonly answer: unknown;
  readonly printed: string;
  /** "ended with status 1". */
  readonly how: string;
}

function answerOf(child: ChildProcess, request: ReadingRequest): Promise<Answer> {
  return new Promise((resolve) => {
    let answer: unknown = null;
    let printed = "";
    const listen = (chunk: unknown) => {
      printed += String(chunk);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("message", (message) => {
      answer = message;
    });
    child.on("error", () => {}); // that it did not start is seen by its end
    child.on("close", (status, signal) => {
      const ended =
        status === 0
          ? "ended before it gave a network: by process.exit, or because what it awaits never comes"
          : `ended with status ${status}`;
      resolve({ answer, printed, how: signal === null ? ended : `was ended by ${signal}` });
    });
    child.send(request);
  });
}
