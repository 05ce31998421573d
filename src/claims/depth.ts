/**
 * C: what depth does to signals, gradients and training. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

export const depthClaims = [
  {
    id: "C1",
    statement: "Gradients vanish in deep plain networks: they are products of as many derivatives as there are layers.",
    source: "Hochreiter 1991; Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010",
    measuredBy:
      "Norm of the loss gradient at every block of plain nets of 4 to 128 layers at initialisation: sigmoid and tanh " +
      "under Glorot's initialisation, ReLU under one that is too small and under He's. The effect is the slope over " +
      "depth of log10 of the first layer's norm over the last layer's, for sigmoid.",
    rule:
      "For sigmoid the logarithm falls linearly in depth: the interval of its slope lies below 0. ReLU under He's " +
      "initialisation is named as the exception that it is.",
    paperValue:
      "each sigmoid layer multiplies the gradient by at most a quarter of its weights' norm; He's initialisation keeps " +
      "ReLU's",
    effectName: "sigmoid slope",
    unit: "orders of magnitude per layer",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  {
    id: "C2",
    statement: "Gradients explode in deep plain networks when the weights are too large.",
    source: "Hochreiter 1991; Bengio, Simard & Frasconi 1994",
    measuredBy:
      "As C1, with the weights scaled up: slope over depth of log10 of the first layer's norm over the last layer's.",
    rule: "The interval of the slope lies above 0.",
    paperValue: "growth needs a factor above 1 in every layer: norm of the weights times slope of the activation",
    effectName: "slope under large weights",
    unit: "orders of magnitude per layer",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  {
    id: "C3",
    statement: "Residual networks cure vanishing gradients.",
    source: "He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2",
    measuredBy:
      "As C1, for residual networks as deep. The effect is the size of their slope over the size of the plain nets' " +
      "slope.",
    rule:
      "The residual networks' slope is at least an order of magnitude flatter than the plain nets': the interval of " +
      "the ratio lies below 0.1.",
    paperValue: "the gradient at a block is that at the output times (1 + the derivative of a sum): it does not vanish",
    effectName: "size of slope ratio",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  /*
   * C3 takes the size of the residual networks' slope, so that growth counts against it as much as vanishing does. Growth
   * is what C4 is about; whether vanishing is cured asks for the sign. Put beside C3 when a trial run (one seed) had
   * shown that shortcuts turn the vanishing of ReLU under too small weights into growth.
   */
  {
    id: "C3.1",
    statement: "Gradients of residual networks do not vanish, whether or not they grow, where those of plain nets do.",
    source: "He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2",
    measuredBy: "As C3, with the sign of the residual networks' slope kept.",
    rule:
      "The interval of the residual networks' slope over the size of the plain nets' lies above -0.1: what is left of " +
      "the vanishing is less than a tenth.",
    paperValue: "the gradient at a block is that at the output times (1 + the derivative of a sum): it does not vanish",
    effectName: "slope ratio",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
    postHoc: true,
  },
  {
    id: "C4",
    statement:
      "Residual connections alone do not cure explosion: without normalisation the variance doubles with every block.",
    source: "Zhang, Dauphin & Ma 2019, arXiv:1901.09321, sec. 2; De & Smith 2020, arXiv:2002.10444, sec. 3",
    measuredBy:
      "Variance of the activations by number of blocks N at initialisation, over weight scales: without normalisation, " +
      "with batch normalisation in the branch, and with the branch scaled by 1/√N. The effect is the growth a block " +
      "without normalisation, under He's initialisation.",
    rule:
      "Without normalisation the variance grows geometrically, about 2^N under He's initialisation: its growth a block " +
      "has an interval within 1.9 to 2.05. With batch normalisation it grows linearly: over N + 1 its interval lies " +
      "within 0.95 to 1.1. Growth rates are shown with their intervals beside theory, the scaled branch among them.",
    paperValue: "2 a block without normalisation; N + 1 after N blocks with it (theory)",
    effectName: "variance growth",
    unit: "times a block",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  /*
   * Beside C4, which asks only that growth without normalisation be geometric and shows the scaled branches in passing: here
   * they are judged, in the activations and in the gradient. The growth is theory's; the range of 0.9 to 1.1 about it, for
   * networks of finite width and few seeds, is this project's own.
   */
  {
    id: "C4.1",
    statement:
      "A small enough step size does cure explosion: with the branches over √N growth stays below e, and with the branches " +
      "over N it vanishes.",
    source: "Marion et al. 2022, arXiv:2206.06929",
    measuredBy:
      "Mean square of the activations after N blocks over that before, and squared gradient at the first block over that " +
      "at the last, in dense residual ReLU networks without normalisation, under He's initialisation. The effect is the " +
      "mean square of the deepest network with step size 1/√N over theory's.",
    rule:
      "For the deepest network the intervals of both, over theory's (1 + h²)^N, lie within 0.9 to 1.1, for step sizes h of " +
      "1/√N and of 1/N.",
    paperValue: "2^N for step 1, e for 1/√N, 1 for 1/N, as N grows (theory)",
    effectName: "growth over theory",
    unit: "",
    minimumSeeds: 5,
    postHoc: true,
  },
  {
    id: "C5",
    statement: "Degradation: a deeper plain network has the higher training error; a deeper residual network has not.",
    source: "He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2, fig. 1 and 6",
    measuredBy:
      "Training error of plain and residual networks of 20, 32, 44 and 56 layers after equal training; the effect is " +
      "that of the plain net of 56 layers less that of the plain net of 20.",
    rule:
      "The plain net of 56 layers errs more than that of 20 (interval of the difference above 0), and the residual " +
      "network of 56 layers does not err more than that of 20.",
    paperValue:
      "plain: training and test error rise from 20 to 56 layers; residual: test error falls from 8.75 % to 6.97 % " +
      "(CIFAR-10)",
    effectName: "rise of plain nets",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["shallower plain net trains"],
  },
  /*
   * Beside C5, whose second half asks that an interval be not above 0: the wider the interval, the sooner it is not. Here
   * the two families are set against each other, so that noise speaks against the claim, not for it.
   */
  {
    id: "C5.1",
    statement: "Added depth costs a plain network more training error than a residual one.",
    source: "He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2, fig. 6",
    measuredBy:
      "As C5; the effect is the rise of the training error from 20 to 56 layers of the plain nets less that of the " +
      "residual networks, paired by seed.",
    rule: "The interval of the difference of the rises lies above 0.",
    paperValue: "plain: training error rises with depth; residual: it falls (CIFAR-10, read off the figure)",
    effectName: "difference of rises",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["shallower plain net trains"],
    postHoc: true,
  },
  {
    id: "C6",
    statement:
      "The output of a residual network is its input plus the sum of all its branches: x_N = x_0 + Σ F_t(x_t).",
    source: "He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2, eq. 4",
    measuredBy:
      "Outputs of the branches of a pre-activation network, added up and set against its output; the effect is the " +
      "largest relative difference.",
    rule: "The relative difference is below 1e-5.",
    paperValue: "equal (algebra; for an identity after the addition)",
    effectName: "relative difference",
    unit: "",
    minimumSeeds: 1,
  },
  {
    id: "C7",
    statement: "Full pre-activation lets networks of 1001 layers train.",
    source: "He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 4, tables 2 and 3",
    measuredBy:
      "Training loss after equal numbers of mini-batches, of pre- and post-activation networks by depth, and the " +
      "memory they take; the effect is the loss of the deepest post-activation network less that of the pre-activation " +
      "network as deep.",
    rule: "Pre-activation trains where post-activation does not, or lags: the interval of the difference lies above 0.",
    paperValue: "4.92 % against 7.61 % test error at 1001 layers, 6.37 % against 6.61 % at 110 (CIFAR-10)",
    effectName: "loss difference",
    unit: "nats",
    minimumSeeds: 5,
  },
  {
    id: "C8",
    statement:
      "Gradients of a plain network with batch normalisation do not vanish at initialisation: squared, they grow about " +
      "1.467-fold a layer.",
    source: "Yang et al. 2019, arXiv:1902.08129; against the account of degradation that blames vanishing gradients",
    measuredBy:
      "Squared norm of the gradient by layer at initialisation, in plain ReLU nets with batch normalisation of up to " +
      "128 layers; the effect is its growth a layer, backwards.",
    rule: "The interval of the growth lies within 1.40 to 1.50.",
    paperValue: "π/(π − 1) = 1.467 a layer (mean-field theory, whatever the scale of the weights)",
    effectName: "gradient growth",
    unit: "times a layer",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  {
    id: "C9",
    statement:
      "Gradients shatter: their correlation between inputs decays like 2^(−L) in plain networks of L layers, like 1/√L " +
      "in residual ones.",
    source: "Balduzzi et al. 2017, arXiv:1702.08591, sec. 2 and 3",
    measuredBy:
      "Autocorrelation of the gradient at the input along a line of inputs, by depth L; the exponents are those of 2 " +
      "over L (plain) and of L (residual, with batch normalisation). The effect is the plain nets' exponent.",
    rule:
      "The intervals of both exponents, set beside theory, hold it: −1 a layer, to base 2, for the plain nets, and " +
      "−1/2 for the residual networks.",
    paperValue: "2^(−L) plain, about L^(−1/2) residual with batch normalisation (theory)",
    effectName: "plain exponent",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  /*
   * The theory behind C9 supposes that half of the units active on one input are active on another. Without normalisation
   * they are more, as all activations grow alike with depth (arc-cosine kernel); and its 1/√L forgets that batch
   * normalisation takes out the mean that a ReLU gives, which leaves (1 - 1/π) of the branch's mean square as its
   * variance. Put beside C9 when trial runs had shown both; C9 is judged as it was.
   */
  {
    id: "C9.1",
    statement:
      "Where normalisation keeps inputs apart, gradients shatter: their correlation halves with every layer of a plain " +
      "network, and falls like a power of depth in a residual one.",
    source: "Balduzzi et al. 2017, arXiv:1702.08591, sec. 3; with the variance that batch normalisation really sees",
    measuredBy:
      "As C9, for plain nets with batch normalisation by fixed statistics; the exponent of the residual networks over " +
      "that of the mean-field theory at the same depths.",
    rule:
      "The interval of the plain nets' exponent lies within -1.1 to -0.9, and that of the residual networks' exponent " +
      "over theory's within 0.9 to 1.1.",
    paperValue: "2^(-L) plain; residual L^(-0.73) for great L, by mean field with the mean taken out",
    effectName: "normalised plain exponent",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
    postHoc: true,
  },
] as const satisfies readonly Claim[];
