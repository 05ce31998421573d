/**
 * G: operations and time of the families trained small. The rule was fixed before any run and is not tuned.
 */
import { claim } from "./claim";

/**
 * Beside G2, which any correlation above 0 meets, between networks whose operations differ up to thirtyfold, and which sets
 * published accuracies beside the times of untrained networks, each on images of a size of its own. Here accuracy,
 * operations and time are those of the same trained networks on the same images, and operations have to do better than
 * what is counted as easily.
 */
export const operationsForetellStepTime = claim({
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
});
