import { existsSync } from "node:fs";
import os from "node:os";
import util from "node:util";
import { SetUpError } from "./set-up-error";

type TensorFlow = typeof import("@tensorflow/tfjs-node-gpu");

/**
 * TensorFlow.js, loaded at the first use of one of its members; importing this room costs nothing.
 *
 * After that it is a plain object that holds the namespace's members, so that an access costs what any property does. On
 * the "cpu" backend `tf.node` and the other members of tfjs-node are missing.
 *
 * @throws SetUpError at the first use, when the backend cannot be loaded
 */
export const tf: TensorFlow = lazily(loadTensorFlow);

/** An object that gets its members at the first use of any, by having them copied out of what `load` returns. */
function lazily<Namespace extends object>(load: () => Namespace): Namespace {
  const members = {};
  const fill = () => {
    const loaded = load();
    Object.setPrototypeOf(members, Object.prototype);
    for (const name of Object.keys(loaded)) {
      Object.defineProperty(members, name, { value: Reflect.get(loaded, name), enumerable: true, writable: true });
    }
  };
  const beforeLoading = new Proxy(Object.create(null), {
    get(_, name) {
      // Printing a value or returning it from an async function looks for symbols and for `then`.
      if (typeof name === "symbol" || name === "then") return undefined;
      fill();
      return Reflect.get(members, name);
    },
    has(_, name) {
      if (typeof name === "symbol" || name === "then") return false;
      fill();
      return name in members;
    },
  });
  return Object.setPrototypeOf(members, beforeLoading) as Namespace;
}

function loadTensorFlow(): TensorFlow {
  repairNode();
  prepareEnvironment();
  const backend = chosenBackend();
  const loaded = quietly(() => (backend === "tensorflow" ? loadNative() : loadJavaScript()));
  fixBackend();
  return loaded;
}

function loadNative(): TensorFlow {
  let loaded: TensorFlow;
  try {
    loaded = require("@tensorflow/tfjs-node-gpu");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SetUpError(
      `TensorFlow cannot be loaded: ${whyNot(message)}`,
      [
        "`npx cnn-findings setup` fetches and builds it; `npx cnn-findings doctor` says what is missing",
        "`--backend cpu` computes without it: slow, for small runs",
      ],
      { cause: error },
    );
  }
  if (loaded.getBackend() !== "tensorflow") {
    throw new SetUpError(`TensorFlow was loaded, but the backend is "${loaded.getBackend()}"`, [
      "`npx cnn-findings doctor` says what is missing",
    ]);
  }
  return loaded;
}

/** The package's messages give advice that does not fit this project; keeps what went wrong. */
function whyNot(message: string): string {
  if (message.includes("tfjs_binding.node")) return "its binding for Node is not built.";
  return message.split("\n", 1)[0] ?? message;
}

function loadJavaScript(): TensorFlow {
  const loaded: TensorFlow = require("@tensorflow/tfjs");
  loaded.setBackend("cpu");
  loaded.scalar(0).dispose(); // at its first tensor it advises to install another backend: now, while that is muted
  return loaded;
}

/** Keeps what TensorFlow.js prints while it loads (banners, advice) off the screen: standard output is for results. */
function quietly<Result>(load: () => Result): Result {
  const { log, info, warn } = console;
  console.log = console.info = console.warn = () => {};
  try {
    return load();
  } finally {
    Object.assign(console, { log, info, warn });
  }
}

/** What computes: TensorFlow's kernels, or the pure JavaScript backend for small runs where TensorFlow cannot be had. */
export type BackendName = "tensorflow" | "cpu";

/** Worker processes inherit the choice through this environment variable. */
export const backendVariable = "CNN_FINDINGS_BACKEND";

let fixed: BackendName | undefined;

/**
 * Chooses what computes, for this process and for those it starts. Without a choice it is "tensorflow": the slow backend
 * is never taken silently.
 *
 * @throws RangeError when the name is unknown, Error when a different backend already computes in this process
 */
export function chooseBackend(name: BackendName): void {
  const backend = backendNamed(name);
  if (fixed !== undefined && fixed !== backend) {
    throw new Error(`the backend must be chosen before its first use, but "${fixed}" is loaded and "${backend}" came`);
  }
  process.env[backendVariable] = backend;
}

/** The backend that computes, or will once something is computed. */
export function chosenBackend(): BackendName {
  if (fixed !== undefined) return fixed;
  const named = process.env[backendVariable];
  if (named === undefined || named === "") return "tensorflow";
  try {
    return backendNamed(named);
  } catch (error) {
    throw new SetUpError(`${backendVariable}: ${(error as Error).message}`);
  }
}

/** Whether a backend is loaded in this process. */
export function isLoaded(): boolean {
  return fixed !== undefined;
}

/** Takes the choice as final; called when the backend is loaded. */
function fixBackend(): BackendName {
  fixed = chosenBackend();
  return fixed;
}

function backendNamed(name: string): BackendName {
  if (name === "tensorflow" || name === "cpu") return name;
  throw new RangeError(`need backend "tensorflow" or "cpu", got "${name}"`);
}

/**
 * Sets what TensorFlow reads from the environment when it is loaded; what the user has set stays.
 *
 * On a machine with an NVIDIA GPU this asks for deterministic kernels and for memory as it is needed, not all at once. On
 * the CPU the kernels are deterministic anyway, for a given machine and number of threads.
 */
function prepareEnvironment(): void {
  // Errors only: notes and warnings go to the same stream as ours. (That oneDNN is on TensorFlow 2.21 says nevertheless, before
  // it reads this: the workers' logs take it, a program that computes by itself shows it.)
  setByDefault("TF_CPP_MIN_LOG_LEVEL", "2");
  setByDefault("TF_FORCE_GPU_ALLOW_GROWTH", "true");
  // Tensors in memory of TensorFlow's own, which it joins again where neighbours are free. The C library's falls to pieces among them:
  // after twenty steps of a ResNet-20 a process held twice as much, and a step took longer.
  setByDefault("TF_CPU_ALLOCATOR_USE_BFC", "1");
  setByDefault("TF_CPU_BFC_MEM_LIMIT_IN_MB", String(Math.ceil(os.totalmem() / 2 ** 20)));
  if (!hasNvidiaDriver()) return;
  setByDefault("TF_DETERMINISTIC_OPS", "1");
  setByDefault("TF_CUDNN_DETERMINISTIC", "1");
}

/** Whether the driver of an NVIDIA GPU is loaded on this machine. */
function hasNvidiaDriver(): boolean {
  return existsSync("/proc/driver/nvidia/version") || existsSync("/dev/nvidiactl") || existsSync("/dev/dxg");
}

function setByDefault(variable: string, value: string): void {
  process.env[variable] ??= value;
}

/**
 * Puts `util.isNullOrUndefined` and `util.isArray` in place, which TensorFlow.js 4.22 calls: Node 22 warns of them as
 * deprecated, and Node 23 dropped them (tensorflow/tfjs pull requests 8425, 8609). Must run before TensorFlow.js is loaded.
 */
export function repairNode(): void {
  put("isNullOrUndefined", (value) => value === null || value === undefined);
  put("isArray", Array.isArray);
}

function put(name: string, test: (value: unknown) => boolean): void {
  Object.defineProperty(util, name, { value: test, configurable: true, enumerable: true, writable: true });
}
