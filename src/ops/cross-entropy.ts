import { hasTensorFlowKernels, kernel, type Tensor1D, type Tensor2D } from "../runtime";
import * as composed from "./composed";

const fusedKernel = kernel("SoftmaxCrossEntropyWithLogits", { T: { type: "float32" } }, 2);

/**
 * Cross-entropy of softmax(logits) against target probabilities, and its gradient by the logits.
 *
 * @param logits [batch, classes]
 * @param targets probabilities [batch, classes]: one-hot labels, smoothed or not
 * @returns `loss` in nats, [batch]; `gradient` of each image's own loss, [batch, classes]: softmax - targets
 */
export function softmaxCrossEntropy(logits: Tensor2D, targets: Tensor2D): { loss: Tensor1D; gradient: Tensor2D } {
  if (!hasTensorFlowKernels()) return composed.softmaxCrossEntropy(logits, targets);
  const [loss, gradient] = fusedKernel([logits, targets]);
  return { loss: loss as Tensor1D, gradient: gradient as Tensor2D };
}
