/** Finding, building and loading TensorFlow; the lazily loaded `tf`, and kernels that TensorFlow.js does not offer. */
export type * as tfjs from "@tensorflow/tfjs-node-gpu";
export type {
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Variable,
} from "@tensorflow/tfjs-node-gpu";
export { isBfloat16 } from "./bfloat16";
export { diagnose, diagnosisText } from "./doctor";
export {
  bfloat16Problem,
  bfloat16Remedy,
  instructionSets,
  type KernelFacts,
  kernelSettings,
  onnxRuntimeFacts,
  type RuntimeFacts,
  readInstructionSet,
  requireBfloat16,
  requireGpuWhereAsked,
  runtimeFacts,
  tensorsMade,
  threadCount,
  tryBackend,
} from "./facts";
export {
  hasTensorFlowKernels,
  type Kernel,
  type KernelAttributes,
  kernel,
  peakTensorBytes,
  tensorFlowBackend,
} from "./kernel";
export { type KernelTime, kernelTimes } from "./kernel-times";
export { moveInto, temporaryBeside } from "./set-up/cache";
export { type Step, step } from "./set-up/step";
export { type Ended, execute, findPython, lastLines } from "./set-up/tools";
export { SetUpError } from "./set-up-error";
export { type BackendName, chooseBackend, chosenBackend, tf } from "./tensorflow";
