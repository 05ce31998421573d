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
export { peakTensorBytes } from "./peak-memory";
export { SetUpError } from "./set-up-error";
export { tf } from "./tensorflow";
