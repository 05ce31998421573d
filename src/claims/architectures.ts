/**
 * G: the networks of the lecture, counted and set side by side. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

export const architectureClaims = [
  {
    id: "G1",
    statement:
      "Every architecture of the lecture, from LeNet-5 to DenseNet, is built as published: it runs forward and backward, " +
      "and has the reference's number of parameters.",
    source:
      "the papers' tables; Keras, torchvision and timm; rebuilds in PyTorch (src/networks/published/reference-counts.ts)",
    measuredBy:
      "Each built network: counted, and run forward and backward on a tiny batch. The effect is the number of networks " +
      "whose counts are a reference's.",
    rule:
      "Parameters, trainable and in all, equal the reference wherever there is one, but for differences that are explained " +
      "and counted exactly; logits and gradients are finite, and no tensor is left behind.",
    paperValue: "equal counts (a matter of arithmetic)",
    effectName: "networks as published",
    unit: "networks",
    minimumSeeds: 1,
  },
  {
    id: "G2",
    statement:
      "Set side by side by accuracy, operations and parameters, operations are a good proxy for the time that a net takes.",
    source: "Canziani, Paszke & Culurciello 2016, arXiv:1605.07678, fig. 1 and 2, and its conclusion",
    measuredBy:
      "Published top-1 accuracy beside counted operations and parameters, with the measured time and memory of one " +
      "image. The effect is the rank correlation of multiply-accumulates and time over the networks whose accuracy was " +
      "published.",
    rule:
      "Multiply-accumulates are within 1 % of the reference wherever there is one, and operations and time go together: " +
      "the interval of the rank correlation lies above 0.",
    paperValue: "operations are a reliable estimate of the time of inference (no correlation is given)",
    effectName: "correlation with time",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  /*
   * Beside G2, which any correlation above 0 meets, between networks whose operations differ up to thirtyfold, and which sets
   * published accuracies beside the times of untrained networks, each on images of a size of its own. Here accuracy,
   * operations and time are those of the same trained networks on the same images, and operations have to do better than
   * what is counted as easily.
   */
  {
    id: "G2.1",
    statement:
      "Of small networks of all families on the same images, operations foretell the time of a training step, and better " +
      "than parameters do.",
    source: "after Canziani, Paszke & Culurciello 2016, arXiv:1605.07678, fig. 1 and 2, and its conclusion",
    measuredBy:
      "Single training steps of all networks by turns, the median a network, and the multiply-accumulates of a step. The " +
      "effect is their rank correlation over the networks.",
    rule:
      "The interval of the rank correlation of operations and time lies above 0, and so does that of its excess over the " +
      "rank correlation of parameters and time.",
    paperValue:
      "operations are a reliable estimate of the time of inference (no correlation is given; of training nothing)",
    effectName: "correlation with step time",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
    postHoc: true,
  },
] as const satisfies readonly Claim[];
