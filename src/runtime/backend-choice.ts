import { SetUpError } from "./set-up-error";

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

/** Takes the choice as final; called when the backend is loaded. */
export function fixBackend(): BackendName {
  fixed = chosenBackend();
  return fixed;
}

function backendNamed(name: string): BackendName {
  if (name === "tensorflow" || name === "cpu") return name;
  throw new RangeError(`need backend "tensorflow" or "cpu", got "${name}"`);
}
