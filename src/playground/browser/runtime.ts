/**
 * What stands in for the room `runtime` in a browser: TensorFlow.js's core with the backends of the page, and none of
 * TensorFlow's own kernels, so that every operation runs in its composed form. `bundle.ts` puts it in that room's place.
 */
import "@tensorflow/tfjs-backend-cpu";
import * as core from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";

export const tf = core;

/** False: a browser has the composed operations alone. */
export function hasTensorFlowKernels(): boolean {
  return false;
}

/** False: a browser computes in float32. */
export function isBfloat16(): boolean {
  return false;
}

/** @throws Error always */
export function requireBfloat16(): never {
  throw new Error("a browser has no bfloat16");
}

/** @returns a function that throws Error */
export function kernel(name: string): () => never {
  return () => tensorFlowBackend(name);
}

/** @throws Error always */
export function tensorFlowBackend(wantedFor: string): never {
  throw new Error(`${wantedFor} needs TensorFlow, which a browser does not have`);
}

/** 1: a page computes in one worker. */
export function threadCount(): number {
  return 1;
}

/** @throws Error always */
export function peakTensorBytes(): never {
  return tensorFlowBackend("measuring memory");
}
