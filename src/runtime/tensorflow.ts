import { chosenBackend, fixBackend } from "./backend-choice";
import { prepareEnvironment } from "./environment";
import { repairNode } from "./node-repair";
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
