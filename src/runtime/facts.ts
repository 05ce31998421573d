import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import type { BackendName } from "./backend-choice";
import { hasTensorFlowKernels, tensorFlowBackend } from "./kernel";
import { SetUpError } from "./set-up-error";
import { tf } from "./tensorflow";

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
 * Makes sure that a GPU computes, for runs that asked for one. Loads the backend.
 *
 * @returns the GPU's name
 * @throws SetUpError when the CPU would compute instead
 */
export function requireGpu(): string {
  const { isGpu, gpu, backend } = runtimeFacts();
  if (isGpu && gpu !== null) return gpu;
  throw new SetUpError(`a GPU was asked for, but the backend "${backend}" computes on the CPU`, [
    "`npx cnn-findings setup --gpu` fetches TensorFlow with CUDA",
    "`npx cnn-findings doctor` shows the GPU and its driver as they are seen from here",
  ]);
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
