export type * as tfjs from "@tensorflow/tfjs-node-gpu";
export type {
  DataType,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TypedArray,
  Variable,
} from "@tensorflow/tfjs-node-gpu";
export { type BackendName, chooseBackend, chosenBackend } from "./backend-choice";
export { cacheFolder, moveInto, temporaryBeside } from "./cache-folder";
export { type Ended, execute, lastLines } from "./child";
export { type Diagnosis, diagnose, diagnosisText } from "./doctor";
export { type ProcessorFacts, type RuntimeFacts, requireGpu, runtimeFacts } from "./facts";
export {
  executeKernel,
  hasTensorFlowKernels,
  type Kernel,
  type KernelAttribute,
  type KernelAttributes,
  kernel,
  tensorFlowBackend,
} from "./kernel";
export { type KernelTime, kernelTimes } from "./kernel-times";
export { peakTensorBytes } from "./peak-memory";
export { SetUpError } from "./set-up-error";
export { type Step, step } from "./step";
export { tf } from "./tensorflow";
export { findPython, type Tool } from "./tools";
