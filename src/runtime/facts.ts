import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { hasTensorFlowKernels, tensorFlowBackend } from "./kernel";
import { execute } from "./set-up/tools";
import { SetUpError } from "./set-up-error";
import { readStamp } from "./set-up-options.cjs";
import { type BackendName, backendVariable, chosenBackend, isLoaded, tf } from "./tensorflow";

/** What computed a result: goes with it into its provenance. Plain JSON. */
export interface RuntimeFacts {
  readonly backend: BackendName | "onnxruntime";
  /** Version of the TensorFlow library; null where another computes. */
  readonly tensorFlowVersion: string | null;
  /** Empty where onnxruntime computes. */
  readonly tensorFlowJsVersion: string;
  readonly nodeVersion: string;
  readonly isGpu: boolean;
  readonly gpu: string | null;
  /** Threads that one kernel may use. */
  readonly threads: number;
  readonly processor: ProcessorFacts;
  /** Operating system and architecture: "linux x64". */
  readonly platform: string;
  /** What else decides the last digits; facts that older versions kept do not say. */
  readonly kernels?: KernelFacts;
}

/** What decides which kernels compute, beside the version of TensorFlow and the device. */
export interface KernelFacts {
  /** The package that calls TensorFlow, or that computes by itself: "@tensorflow/tfjs-node-gpu 4.22.0". */
  readonly binding: string;
  /** See `readInstructionSet`; empty on the pure JavaScript backend, which computes alike on every processor. */
  readonly instructionSet: readonly string[];
  /** Environment variables that choose kernels, as far as they are set. */
  readonly settings: Readonly<Record<string, string>>;
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
    kernels: native
      ? {
          binding: `@tensorflow/tfjs-node-gpu ${tf.version["tfjs-node"]}`,
          instructionSet: readInstructionSet(),
          settings: kernelSettings(),
        }
      : { binding: `@tensorflow/tfjs ${tf.version.tfjs}`, instructionSet: [], settings: {} },
  };
}

/** The same of onnxruntime. Loads nothing. @param threads that a network is computed with */
export function onnxRuntimeFacts(version: string, threads: number): RuntimeFacts {
  return {
    ...{ backend: "onnxruntime", tensorFlowVersion: null, tensorFlowJsVersion: "", isGpu: false, gpu: null, threads },
    nodeVersion: process.versions.node,
    processor: processorFacts(),
    platform: `${process.platform} ${process.arch}`,
    kernels: { binding: `onnxruntime-node ${version}`, instructionSet: readInstructionSet(), settings: {} },
  };
}

let marks = 0;

/**
 * How many tensors this process has made so far. Whether work in between computed with tensors shows in two such counts; it
 * says nothing of which backend was loaded, nor loads one.
 */
export function tensorsMade(): number {
  if (!isLoaded()) return 0;
  const mark = tf.scalar(0);
  mark.dispose();
  // Identifiers count all tensors. Those that are made to read them do not count, nor does the one made at loading.
  const others = marks++ + (hasTensorFlowKernels() ? 0 : 1);
  return mark.id - others;
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

/** What Node is given: the program itself where it is compiled, as in the npm package, else what runs TypeScript before it. */
function loadTest(root: string): string[] {
  const program = path.join(root, "src/runtime/load-test");
  if (existsSync(`${program}.js`)) return [`${program}.js`];
  return ["-r", path.join(root, "src/cli/register.cjs"), `${program}.ts`];
}

/**
 * Sees to it that a GPU computes where one is asked for: by the run itself, or by whoever set TensorFlow up for one
 * (`setup --gpu`). Then loads the backend; else loads nothing.
 *
 * @param asked whether the run asks for one
 * @throws SetUpError where another device would compute, slowly: says what is missing
 */
export function requireGpuWhereAsked(asked: boolean): void {
  const choice = readStamp(path.resolve(__dirname, "../.."))?.choice ?? null;
  const backend = chosenBackend();
  const isSetUpFor = choice === "gpu" && backend === "tensorflow";
  if (!asked && !isSetUpFor) return;
  if (hasTensorFlowKernels() && tensorFlowBackend("requireGpuWhereAsked").isUsingGpuDevice) return;
  const { CUDA_VISIBLE_DEVICES: visible } = process.env;
  throw new SetUpError(...missingGpu({ by: asked ? "run" : "set-up", backend, names: gpuNames(), choice, visible }));
}

/** What is looked at where a GPU is asked for and none computes. */
export interface MissingGpu {
  readonly by: "run" | "set-up";
  readonly backend: BackendName;
  /** Those that the driver knows. */
  readonly names: readonly string[];
  /** The TensorFlow that was set up: "cpu", "gpu", or a folder; null for none. */
  readonly choice: string | null;
  /** CUDA_VISIBLE_DEVICES, where it is set. */
  readonly visible: string | undefined;
}

/** Why no GPU computes, and what to do about it. */
export function missingGpu({
  by,
  backend,
  names,
  choice,
  visible,
}: MissingGpu): [problem: string, remedies: readonly string[]] {
  const asked = by === "run" ? "a GPU was asked for" : "TensorFlow is set up for a GPU";
  const otherwise =
    by === "run"
      ? "without `--gpu`, and `--gpus` of Slurm, the processor computes"
      : "`npx cnn-findings setup --cpu` lets the processor compute";
  const because = (why: string, ...remedies: readonly string[]): [string, readonly string[]] => [
    `${asked}, but ${why}`,
    [...remedies, otherwise],
  ];
  if (backend === "cpu") return because('the backend "cpu" computes in JavaScript', "leave `--backend cpu` out");
  if (names.length === 0) {
    return because(
      `no NVIDIA GPU is seen on ${os.hostname()}: \`nvidia-smi\` lists none`,
      "on a machine with one, NVIDIA's driver must be loaded; a container must be started with the GPU",
      "on a cluster, ask for one: `--launcher slurm --gpus 1`",
    );
  }
  const seen = names.join(", ");
  if (visible !== undefined && /^\s*(-|NoDevFiles|$)/.test(visible)) {
    return because(`CUDA_VISIBLE_DEVICES=${visible} hides ${seen}`, "`unset CUDA_VISIBLE_DEVICES`");
  }
  return choice === "gpu"
    ? because(
        `TensorFlow does not use ${seen}`,
        "`TF_CPP_MIN_LOG_LEVEL=0` before the command has it say why in its log",
      )
    : because(
        `this TensorFlow computes on the processor, not on ${seen}`,
        "`npx cnn-findings setup --gpu` fetches TensorFlow with CUDA",
      );
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
 * Why bfloat16 is not to be had on this machine, as the beginning of a sentence: null where the processor multiplies it itself.
 * Elsewhere TensorFlow would emulate it, slower than float32. Loads nothing.
 */
export function bfloat16Problem(
  backend: BackendName = chosenBackend(),
  processor: ProcessorFacts = processorFacts(),
): string | null {
  if (backend !== "tensorflow") return `the backend "${backend}" has no bfloat16`;
  if (bfloat16Features.some((feature) => processor.features.includes(feature))) return null;
  return `this processor (${processor.model}) has none of ${bfloat16Features.join(", ")}: it would only emulate bfloat16`;
}

/** What helps where bfloat16 is not to be had. */
export const bfloat16Remedy = "`--precision float32`, the default, computes everywhere";

/** @throws SetUpError where bfloat16 is not to be had from the backend in use, which is loaded */
export function requireBfloat16(): void {
  const problem =
    bfloat16Problem(hasTensorFlowKernels() ? "tensorflow" : "cpu") ??
    (tensorFlowBackend("bfloat16").isUsingGpuDevice ? "a GPU computes, where bfloat16 is not offered" : null);
  if (problem !== null) throw new SetUpError(`precision bfloat16: ${problem}`, [bfloat16Remedy]);
}

/** Instructions that multiply bfloat16: x86-64's, then ARM's. */
const bfloat16Features = ["avx512_bf16", "amx_bf16", "bf16"];

/** Those that say most to people: x86-64 first, then ARM. Runs are compared by them, so the list stays as it is. */
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

/**
 * The instructions of this machine's processor for which oneDNN, Eigen or XNNPACK have kernels of their own.
 *
 * @param processors the kernel's list, as Linux has it
 * @param model says what there is to say where no instructions are listed (macOS, Windows)
 * @returns sorted; of a model alone `["model Apple M2"]`
 */
export function readInstructionSet(processors = readProcessors(), model = os.cpus()[0]?.model.trim()): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(processors)?.[1]?.split(/\s+/));
  const listed = instructionSets.filter((flag) => flags.has(flag));
  return listed.length > 0 ? [...listed].sort() : [`model ${model || "unknown"}`];
}

/** By generation, the newest first: the first that a processor has names it best. x86-64, then ARM. */
export const instructionSets = [
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

/** Environment variables that choose kernels, as far as they are set and not empty. */
export function kernelSettings(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const set = choosing.filter((name) => environment[name] !== undefined && environment[name] !== "");
  return Object.fromEntries(set.map((name) => [name, environment[name]!]));
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

function readProcessors(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return ""; // not Linux
  }
}

/** Threads that one TensorFlow kernel may use on the processor. */
export function threadCount(): number {
  const asked = Number(process.env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : os.availableParallelism();
}
