/**
 * What computes, as far as it can change a result's last digits, its parts kept apart: a result of another processor is
 * current code on another machine.
 */
import { z } from "zod";
import { hashOf } from "../base";
import { instructionSets, type KernelFacts, kernelSettings, type RuntimeFacts, readInstructionSet } from "../runtime";

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
  const isNative = tensorFlow !== null; // JavaScript computes alike on every processor
  return {
    tensorFlow,
    binding,
    device: gpu ?? "cpu",
    instructionSet: isNative ? instructionSet : [],
    precision,
    threads,
    settings: isNative ? kernelSettings(environment) : {},
  };
}

/**
 * Identity of a runtime by the facts that a worker gathered.
 *
 * @returns null for facts of an older version, which did not gather all that counts
 */
export function identityOfFacts({ kernels, ...facts }: RuntimeFacts): RuntimeIdentity | null {
  return kernels === undefined ? null : identityOf(facts, kernels);
}

function identityOf(
  { backend: name, tensorFlowVersion, gpu, threads }: RuntimeFacts,
  { binding, instructionSet, settings }: KernelFacts,
): RuntimeIdentity {
  const backend = { tensorFlow: tensorFlowVersion, binding, gpu, threads };
  const identity = runtimeIdentity(backend, { instructionSet, environment: settings });
  return name === "onnxruntime" ? { ...identity, instructionSet } : identity; // its kernels are the processor's, too
}

/**
 * The runtimes of two facts in what both of them say: where one is of an older version, the fewer instructions that it knew, and
 * no settings.
 */
function comparable(there: RuntimeFacts, here: RuntimeFacts): [RuntimeIdentity, RuntimeIdentity] {
  const [before, after] = [identityOfFacts(there), identityOfFacts(here)];
  if (before !== null && after !== null) return [before, after];
  const older = (facts: RuntimeFacts) =>
    identityOf(facts, {
      binding: `TensorFlow.js ${facts.tensorFlowJsVersion}`,
      instructionSet: facts.processor.features,
      settings: {},
    });
  return [older(there), older(here)];
}

/** As `runtimeDifferences`, of recorded facts: in what both of them say. Empty where results may be taken for each other's. */
export function factDifferences(there: RuntimeFacts, here: RuntimeFacts): string[] {
  return runtimeDifferences(...comparable(there, here));
}

/**
 * Whether a result of a cluster's node may be taken for one that the cluster would compute today, as far as the machine can
 * tell that hands cells in: it has the nodes' TensorFlow, binding and threads, and no part in their devices and
 * instruction sets. Variables that are set here reach the nodes, which may set more.
 *
 * @param here null where no backend can be loaded here: then nothing can be told
 */
export function mayBeOfNode(there: RuntimeFacts, here: RuntimeFacts | null): boolean {
  if (here === null) return true;
  const [node, own] = comparable(there, here);
  const settings = Object.fromEntries(Object.entries(node.settings).filter(([name]) => name in own.settings));
  const { device, instructionSet } = own;
  return runtimeDifferences({ ...node, device, instructionSet, settings }, own).length === 0;
}

/**
 * A runtime in a few words.
 *
 * @example "TensorFlow 2.9.1 with AVX2", "TensorFlow 2.21.0 on NVIDIA H200", "TensorFlow.js 4.22.0",
 *   "onnxruntime-node 1.30.0"
 */
export function runtimeName(facts: RuntimeFacts): string {
  const { backend, tensorFlowVersion, tensorFlowJsVersion, gpu, processor, kernels } = facts;
  if (backend === "onnxruntime") return kernels!.binding;
  if (tensorFlowVersion === null) return `TensorFlow.js ${tensorFlowJsVersion}`;
  if (gpu !== null) return `TensorFlow ${tensorFlowVersion} on ${gpu}`;
  const name = newest({ instructionSet: kernels?.instructionSet ?? processor.features });
  return `TensorFlow ${tensorFlowVersion} with ${name.startsWith("model ") ? `a processor of the ${name}` : name.toUpperCase()}`;
}

/** The first 8 hexadecimal digits of SHA-256 over a runtime. */
export function runtimeDigits(runtime: RuntimeIdentity): string {
  return hashOf({ ...runtime }).slice(0, 8);
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

function onlyIn({ instructionSet }: RuntimeIdentity, other: RuntimeIdentity): string[] {
  return instructionSet.filter((flag) => !other.instructionSet.includes(flag));
}

function newest({ instructionSet }: Pick<RuntimeIdentity, "instructionSet">): string {
  return instructionSets.find((flag) => instructionSet.includes(flag)) ?? (instructionSet.join(" ") || "none");
}

function withNames(name: string, others: readonly string[]): string {
  return others.length === 0 ? `${name} alone` : `${name} with ${others.join(", ")}`;
}

function threadsText(count: number): string {
  return count === 1 ? "1 thread" : `${count} threads`;
}
