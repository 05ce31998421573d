/**
 * What computes, as far as it can change a result's last digits, its parts kept apart: a result of another processor is
 * current code on another machine.
 */
import { readFileSync } from "node:fs";
import os from "node:os";
import { z } from "zod";

/** Plain JSON. */
export interface RuntimeIdentity {
  /** Version of the TensorFlow library; null where JavaScript computes. */
  readonly tensorFlow: string | null;
  /** The package that calls it, or that computes by itself: "@tensorflow/tfjs-node-gpu 4.22.0". */
  readonly binding: string;
  /** "cpu", or the GPU's name. */
  readonly device: string;
  /** The processor's instructions for which there are kernels of their own, sorted; where they are not told, its model. */
  readonly instructionSet: readonly string[];
  /** What weights and activations are kept in: "float32". */
  readonly precision: string;
  /** Threads that one kernel may use: they decide the order of additions. */
  readonly threads: number;
  /** Environment variables that choose kernels, as far as they are set. */
  readonly settings: Readonly<Record<string, string>>;
}

export const runtimeIdentitySchema: z.ZodType<RuntimeIdentity> = z.object({
  tensorFlow: z.string().nullable(),
  binding: z.string(),
  device: z.string(),
  instructionSet: z.array(z.string()),
  precision: z.string(),
  threads: z.int().positive(),
  settings: z.record(z.string(), z.string()),
});

/** What the caller knows of the backend that it loaded. */
export interface BackendFacts {
  readonly tensorFlow: string | null;
  readonly binding: string;
  /** The GPU's name; null when the processor computes. */
  readonly gpu: string | null;
  readonly threads: number;
  /** "float32" by default. */
  readonly precision?: string;
}

/** Identity of this machine's runtime with a given backend. */
export function runtimeIdentity(
  { tensorFlow, binding, gpu, threads, precision = "float32" }: BackendFacts,
  machine: { readonly instructionSet?: readonly string[]; readonly environment?: NodeJS.ProcessEnv } = {},
): RuntimeIdentity {
  const { instructionSet = readInstructionSet(), environment = process.env } = machine;
  const set = choosing.filter((name) => environment[name] !== undefined && environment[name] !== "");
  return {
    tensorFlow,
    binding,
    device: gpu ?? "cpu",
    instructionSet,
    precision,
    threads,
    settings: Object.fromEntries(set.map((name) => [name, environment[name]!])),
  };
}

/** Environment variables by which oneDNN, TensorFlow and CUDA's libraries choose kernels or how exactly these compute. */
const choosing = [
  "DNNL_DEFAULT_FPMATH_MODE",
  "DNNL_MAX_CPU_ISA",
  "NVIDIA_TF32_OVERRIDE",
  "ONEDNN_DEFAULT_FPMATH_MODE",
  "ONEDNN_MAX_CPU_ISA",
  "TF_CUDNN_DETERMINISTIC",
  "TF_CUDNN_USE_AUTOTUNE",
  "TF_DETERMINISTIC_OPS",
  "TF_ENABLE_ONEDNN_OPTS",
  "TF_ENABLE_WINOGRAD_NONFUSED",
  "TF_XLA_FLAGS",
];

/**
 * The instructions of this machine's processor for which oneDNN, Eigen or XNNPACK have kernels of their own.
 *
 * @param processors the kernel's list, as Linux has it
 * @param model says what there is to say where no instructions are listed (macOS, Windows)
 * @returns sorted; of a model alone `["model Apple M2"]`
 */
export function readInstructionSet(processors = readProcessors(), model = os.cpus()[0]?.model.trim()): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(processors)?.[1]?.split(/\s+/));
  const listed = withKernels.filter((flag) => flags.has(flag));
  return listed.length > 0 ? [...listed].sort() : [`model ${model || "unknown"}`];
}

/** By generation, the newest first: the first that a processor has names it best. x86-64, then ARM. */
const withKernels = [
  "amx_fp16",
  "amx_bf16",
  "amx_int8",
  "amx_tile",
  "avx512_fp16",
  "avx512_bf16",
  "avx512_vnni",
  "avx512f",
  "avx512bw",
  "avx512dq",
  "avx512vl",
  "avx_vnni",
  "avx2",
  "fma",
  "f16c",
  "avx",
  "sse4_2",
  "sse4_1",
  "sve2",
  "sve",
  "svebf16",
  "bf16",
  "i8mm",
  "asimddp",
  "asimdhp",
  "asimd",
];

function readProcessors(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return ""; // not Linux
  }
}

/**
 * In which parts two runtimes differ, in words; empty when they are the same.
 *
 * @example ["another processor: avx512_bf16 there, avx2 here", "1 thread there, 4 here"]
 */
export function runtimeDifferences(there: RuntimeIdentity, here: RuntimeIdentity): string[] {
  const differences: string[] = [];
  const note = (what: string, before: string, after: string) => {
    if (before !== after) differences.push(`${what}${before} there, ${after} here`);
  };
  note("another TensorFlow: ", there.tensorFlow ?? "none", here.tensorFlow ?? "none");
  note("another binding: ", there.binding, here.binding);
  note("another device: ", there.device, here.device);
  const [only, alone] = [onlyIn(there, here), onlyIn(here, there)];
  if (only.length > 0 || alone.length > 0) {
    const [left, right] = [newest(there), newest(here)];
    // Where the newest is the same, what differs has to be said.
    if (left !== right) note("another processor: ", left, right);
    else note("another processor: ", withNames(left, only), withNames(right, alone));
  }
  note("another precision: ", there.precision, here.precision);
  note("", threadsText(there.threads), threadsText(here.threads));
  for (const name of [...new Set([...Object.keys(there.settings), ...Object.keys(here.settings)])].sort()) {
    note(`${name} `, there.settings[name] ?? "not set", here.settings[name] ?? "not set");
  }
  return differences;
}

/**
 * What a verdict on code and runtime reads like.
 *
 * @param code "same code" where nothing changed
 * @example "same code, another processor: avx512_bf16 there, avx2 here"
 */
export function runtimeText(code: string, there: RuntimeIdentity, here: RuntimeIdentity): string {
  return [code, ...runtimeDifferences(there, here)].join(", ");
}

function onlyIn({ instructionSet }: RuntimeIdentity, other: RuntimeIdentity): string[] {
  return instructionSet.filter((flag) => !other.instructionSet.includes(flag));
}

function newest({ instructionSet }: RuntimeIdentity): string {
  return withKernels.find((flag) => instructionSet.includes(flag)) ?? instructionSet.join(" ");
}

function withNames(name: string, others: readonly string[]): string {
  return others.length === 0 ? `${name} alone` : `${name} with ${others.join(", ")}`;
}

function threadsText(count: number): string {
  return count === 1 ? "1 thread" : `${count} threads`;
}
