import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { hasTensorFlowKernels, tensorFlowBackend } from "./kernel";
import { execute } from "./set-up/tools";
import { SetUpError } from "./set-up-error";
import { type BackendName, backendVariable, tf } from "./tensorflow";

/** What computed a result: goes with it into its provenance. Plain JSON. */
export interface RuntimeFacts {
  readonly backend: BackendName;
  /** Version of the TensorFlow library; null on the pure JavaScript backend. */
  readonly tensorFlowVersion: string | null;
  readonly tensorFlowJsVersion: string;
  readonly nodeVersion: string;
  readonly isGpu: boolean;
  readonly gpu: string | null;
  /** Threads that one kernel may use. */
  readonly threads: number;
  readonly processor: ProcessorFacts;
  /** Operating system and architecture: "linux x64". */
  readonly platform: string;
}

/** The processor, with those of its instruction sets that change how and how fast TensorFlow computes. */
export interface ProcessorFacts {
  readonly model: string;
  readonly features: readonly string[];
}

/** The facts about the backend in use. Loads it. */
export function runtimeFacts(): RuntimeFacts {
  const native = hasTensorFlowKernels();
  const isGpu = native && tensorFlowBackend("runtimeFacts").isUsingGpuDevice;
  return {
    backend: native ? "tensorflow" : "cpu",
    tensorFlowVersion: native ? tensorFlowBackend("runtimeFacts").binding.TF_Version : null,
    tensorFlowJsVersion: tf.version["tfjs-core"],
    nodeVersion: process.versions.node,
    isGpu,
    gpu: isGpu ? (gpuNames()[0] ?? "unknown GPU") : null,
    threads: native ? threadCount() : 1,
    processor: processorFacts(),
    platform: `${process.platform} ${process.arch}`,
  };
}

/**
 * Loads a backend in a child process and computes with it.
 *
 * @param root folder of the checkout, or of this package's own files
 * @throws SetUpError saying why the backend cannot be used
 */
export async function tryBackend(backend: BackendName, root: string): Promise<RuntimeFacts> {
  const load = (environment: NodeJS.ProcessEnv) =>
    execute(process.execPath, loadTest(root), { cwd: root, env: { ...environment, [backendVariable]: backend } });
  const { status, stdout, stderr } = await load(process.env);
  if (status === 0) return JSON.parse(stdout);
  const misleading = loaderVariables.filter((name) => process.env[name]);
  const others = Object.entries(process.env).filter(([name]) => !loaderVariables.includes(name));
  const isMisled = misleading.length > 0 && (await load(Object.fromEntries(others))).status === 0;
  // What went wrong stands first; then come remedies, or what a crash prints about itself.
  const said = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("  - "));
  const how = status === null ? "it crashed" : "it failed";
  throw new SetUpError(
    [`the backend "${backend}" was tried and ${how}`, ...said.slice(0, 4).map((line) => `    ${line}`)].join("\n"),
    isMisled ? [`without ${misleading.join(" and ")} it works: \`unset ${misleading.join(" ")}\``] : [],
  );
}

/** By these the system's loader is led to other libraries than those that a program was built with. */
const loaderVariables = ["LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES"];

/** What Node is given: the program itself where it is compiled, as in the npm package, else ts-node with it. */
function loadTest(root: string): string[] {
  const program = path.join(root, "src/runtime/load-test");
  if (existsSync(`${program}.js`)) return [`${program}.js`];
  return [path.join(root, "node_modules/ts-node/dist/bin.js"), `${program}.ts`];
}

/** Names of the NVIDIA GPUs that the driver knows; empty where there is no driver. */
export function gpuNames(): string[] {
  try {
    const listed = execFileSync("nvidia-smi", ["--query-gpu=name", "--format=csv,noheader"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    return listed.split("\n").filter((name) => name !== "");
  } catch {
    return []; // no driver, or one that does not answer
  }
}

/** The processor's model and features, from the kernel's own list where there is one (Linux). */
export function processorFacts(processors = readProcessors()): ProcessorFacts {
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(processors)?.[1]?.split(/\s+/));
  return {
    model: os.cpus()[0]?.model.trim() || "unknown",
    features: telling.filter((feature) => flags.has(feature)),
  };
}

/**
 * Why bfloat16 is not to be had here, in a sentence: null where the processor multiplies it itself. Elsewhere TensorFlow would
 * emulate it, slower than float32. Loads the backend.
 */
export function bfloat16Problem(processor: ProcessorFacts = processorFacts()): string | null {
  if (!hasTensorFlowKernels()) return `the backend "${tf.getBackend()}" has no bfloat16`;
  if (tensorFlowBackend("bfloat16").isUsingGpuDevice)
    return "this project computes in bfloat16 on processors, not on GPUs";
  if (bfloat16Features.some((feature) => processor.features.includes(feature))) return null;
  return `this processor (${processor.model}) has none of ${bfloat16Features.join(", ")}: it would only emulate bfloat16`;
}

/** Instructions that multiply bfloat16: x86-64's, then ARM's. */
const bfloat16Features = ["avx512_bf16", "amx_bf16", "bf16"];

/** Instruction sets for which oneDNN or Eigen have kernels of their own: x86-64 first, then ARM. */
const telling = [
  "sse4_2",
  "avx",
  "avx2",
  "fma",
  "avx512f",
  "avx512_vnni",
  "avx512_bf16",
  "amx_bf16",
  "asimd",
  "asimddp",
  "bf16",
  "sve",
];

function readProcessors(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return ""; // not Linux
  }
}

function threadCount(): number {
  const asked = Number(process.env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : os.availableParallelism();
}
