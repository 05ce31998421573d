/**
 * B: techniques. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

export const techniqueClaims = [
  {
    id: "B1",
    statement: "At inference, weight scaling approximates the mean of the thinned networks that dropout trains.",
    source: "Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15:1929, sec. 7.5, fig. 11",
    measuredBy:
      "Mean prediction under 1 to 1,000 masks of dropout against the scaled network: test error and Kullback-Leibler " +
      "divergence; the effect is the difference of the errors at 1,000 masks. For one softmax layer the geometric mean " +
      "over all masks is computed.",
    rule: "The interval of the difference lies within 0.5 points of zero; exact for one linear layer.",
    paperValue: "the mean of about 50 masks errs as the scaled network, more masks slightly less (MNIST)",
    effectName: "error difference",
    unit: "points",
    minimumSeeds: 5,
    preconditions: ["half of chance"],
  },
  {
    id: "B2",
    statement: "Batch normalisation speeds training, and standardises the inputs of hidden layers.",
    source: "Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 3.1 and 4.2, fig. 2",
    measuredBy:
      "Mini-batches until the training loss is at a set level, of one network with batch normalisation and without, " +
      "each at the best of the same learning rates; means and variances of the normalised activations over a training " +
      "batch. The effect is the ratio of the numbers of mini-batches.",
    rule:
      "The interval of the ratio lies below 0.7; the means are within 0.01 of 0 and the variances within 0.02 of 1 in " +
      "every channel.",
    paperValue: "13.3 of 31 million steps at the same rate (0.43), 2.1 of 31 at five times the rate (0.07) (ImageNet)",
    effectName: "ratio of steps",
    unit: "",
    minimumSeeds: 5,
  },
  {
    id: "B3",
    statement:
      "Early exits speed inference: images that an early classifier is sure of need not go through the network.",
    source: "Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686, sec. III and table I",
    measuredBy:
      "A network with a classifier after each stage, its images leaving where the entropy of a prediction is below a " +
      "threshold: mean multiply-accumulates over those of the full network (the effect), error less that of its last " +
      "classifier on all images, and time. The threshold is the largest up to which the error on held-out images rises " +
      "by at most 0.25 points.",
    rule:
      "The mean cost is at most 0.7, at an error whose interval lies at most 0.5 points above the full network's. Time has " +
      "no border to keep to.",
    paperValue:
      "1.9 times faster, 79.17 against 80.70 % right (ResNet-110, CIFAR-10); 5.4 times, 99.25 against 99.20 % (LeNet, MNIST)",
    effectName: "mean cost",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["half of chance"],
  },
  {
    id: "B4",
    statement: "One perceptron cannot learn XOR, and a network with one hidden layer can.",
    source: "Minsky & Papert 1969, Perceptrons; Rumelhart, Hinton & Williams 1986, Nature 323:533",
    measuredBy:
      "Best accuracy on the four points, at any step of a training by gradient descent, over many starts; the effect " +
      "is the share of starts from which the network with a hidden layer gets all four right. AND is the control: the " +
      "same perceptron is to learn it.",
    rule: "The perceptron has at most 0.75 in every start; the hidden layer has 1 in at least 95 % of them.",
    paperValue: "3 of 4 points at best (no line parts the classes); solved by two hidden units",
    effectName: "share of successful starts",
    unit: "%",
    minimumSeeds: 5,
  },
  {
    id: "B5",
    statement:
      "A network with one hidden layer approximates any smooth function if it is wide enough, and overfits as it widens.",
    source: "Cybenko 1989, Math. Control Signals Syst. 2:303; Hornik, Stinchcombe & White 1989, Neural Networks 2:359",
    measuredBy:
      "Root mean square error on a smooth target, and test error less training error where a fifth of the labels are " +
      "wrong, by width; Spearman's rank correlation of width with each, one a seed. The effect is the first.",
    rule:
      "The interval of the correlation of width and approximation error lies below -0.8, and that of width and the " +
      "difference of test and training error above 0.",
    paperValue: "an existence theorem without a width, and without learning",
    effectName: "correlation of width and error",
    unit: "",
    minimumSeeds: 5,
    preconditions: ["three points"],
  },
  {
    id: "B6",
    statement: "Auxiliary heads help deep networks train.",
    source: "Szegedy et al. 2014, arXiv:1409.4842, sec. 5; otherwise Szegedy et al. 2015, arXiv:1512.00567, sec. 4",
    measuredBy:
      "The same network trained with and without auxiliary heads, for as many mini-batches: test error of its last classifier " +
      "with them less that without, and training error of that classifier half way through.",
    rule: "Direction and interval are reported: both differences are to have intervals below 0.",
    paperValue: "about 0.5 points, one head is enough; later: no faster at first, slightly better at the end",
    effectName: "error difference",
    unit: "points",
    minimumSeeds: 5,
  },
] as const satisfies readonly Claim[];
