/**
 * D: stochastic depth. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

export const stochasticDepthClaims = [
  {
    id: "D1",
    statement:
      "Survival falls linearly with depth, p_t = 1 − t/N (1 − p_N), to p_N = 0.5; three quarters of the blocks run on " +
      "average.",
    source: "Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3",
    measuredBy:
      "The schedule, and the blocks that really ran in training; the effect is their mean number a mini-batch.",
    rule: "The schedule is exact, and the mean depth observed lies within its 95 % binomial interval around Σ p_t.",
    paperValue: "(3N − 1)/4 blocks: 40.25 of 54 (110 layers)",
    effectName: "mean depth",
    unit: "blocks",
    minimumSeeds: 1,
  },
  {
    id: "D2",
    statement: "Training with stochastic depth takes less time.",
    source: "Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 4",
    measuredBy:
      "Seconds a step with and without stochastic depth, same batch, same machine, interleaved; the effect is the " +
      "share of time saved.",
    rule:
      "The interval of the saving covers or exceeds 1 − (mean depth)/N, less the fixed cost of a step, and a skipped " +
      "block costs nothing.",
    paperValue: "about 25 % at p_N = 0.5, about 40 % at p_N = 0.2 (110 layers, CIFAR-10)",
    effectName: "time saved",
    unit: "%",
    minimumSeeds: 5,
  },
  {
    id: "D3",
    statement: "A network trained with stochastic depth has a lower test error than one of constant depth.",
    source: "Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 4, table 1",
    measuredBy:
      "Top-1 test error after equal epochs, stochastic depth (p_N = 0.5, linear) less constant depth; p_N is swept " +
      "from 0.2 to 1, linear and uniform.",
    rule:
      "The interval of the difference lies below 0. Where it does not, the verdict says so, and from what depth or " +
      "length of training on it changes.",
    paperValue: "5.23 % against 6.41 % (110 layers, 500 epochs, CIFAR-10)",
    effectName: "error difference",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["trained to the end"],
  },
  {
    id: "D4",
    statement: "A network trained with stochastic depth stands the deletion of blocks better.",
    source: "Veit, Wilber & Belongie 2016, arXiv:1605.06431, fig. 8",
    measuredBy:
      "Mean rise of the test error over deletions of blocks, trained with stochastic depth less trained with constant " +
      "depth.",
    rule: "The mean rise is smaller: the interval of the difference lies below 0.",
    paperValue: "only slightly more resilient than after ordinary training (CIFAR-10)",
    effectName: "difference of mean rises",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["half of chance", "trained as in the sources"],
  },
  {
    id: "D5",
    statement: "At test time, residual branches scaled by their survival probabilities give the expected output.",
    source: "Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3",
    measuredBy:
      "Mean prediction of up to 1,000 random routes against the scaled network; the effect is the difference of their " +
      "test errors at 1,000 routes.",
    rule: "As B1: the interval of the difference lies within 0.5 points of zero; exact for one linear block.",
    paperValue: "stated, not measured",
    effectName: "error difference",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["half of chance", "trained as in the sources"],
  },
] as const satisfies readonly Claim[];
