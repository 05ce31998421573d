/**
 * H: the audit. What the lecture says and what its sources, counts or measurements say otherwise, row by row: `statement` has
 * the lecture's wording, `paperValue` what is so. The wording is judged as it stands: correct where all that it implies is so,
 * imprecise where some is, wrong where nothing is. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

/** The statements of the lecture that are held against counts and measurements, H1 to H23. */
export const auditClaims = [
  {
    id: "H1",
    statement: "That deeper plain networks train worse had to be due to vanishing gradients.",
    source:
      "the lecture, after He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.1; Yang et al. 2019, arXiv:1902.08129",
    measuredBy:
      "Squared norm of the loss gradient at the first border between blocks over that at the last, as a factor a layer, of " +
      "plain nets with batch normalisation at initialisation: uniform ones of 54 layers (the effect), and the plain net of " +
      "56 layers that is known to degrade.",
    rule: "As it stands: the intervals of both factors lie below 1.",
    paperValue:
      "He et al. think vanishing unlikely, as normalised nets have healthy gradients; at initialisation they grow " +
      "1.467-fold a layer towards the input (theory)",
    effectName: "gradient growth of plain nets",
    unit: "times a layer",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H2",
    statement: "Residual networks do not resolve exploding gradients.",
    source:
      "the lecture; Zhang, Dauphin & Ma 2019, arXiv:1901.09321, sec. 2; De & Smith 2020, arXiv:2002.10444, sec. 3",
    measuredBy:
      "Squared norm of the loss gradient at the first border between blocks over that at the last, as a factor a block, of " +
      "uniform residual networks of 54 blocks at initialisation, without normalisation (the effect) and with it.",
    rule: "As it stands: both factors have intervals above 1.5, half way from keeping the gradient to doubling it.",
    paperValue:
      "true without normalisation, 2 a block; with it growth is a power of the depth and no explosion (theory)",
    effectName: "gradient growth of residual nets",
    unit: "times a block",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H3",
    statement: "A product of N derivatives tends to 0 if the derivatives are below 1.",
    source: "the lecture; Hochreiter 1991; Bengio, Simard & Frasconi 1994",
    measuredBy:
      "Logarithm (base 10) of the norm of a vector after 50 drawn Jacobians all of whose entries lie between -1 and 1, over its norm " +
      "before: 64 x 64, variance of the entries 2/64 (the effect), and 1 x 1.",
    rule: "As it stands: the intervals of both lie below -1, a tenth of what goes in.",
    paperValue:
      "true of numbers; of Jacobians the singular values decide, not the derivatives, and theta's own factor is missing",
    effectName: "size of the product",
    unit: "decades",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H4",
    statement: "A residual network of N blocks computes x_N = x_0 + the sum of F_i(x_i) for i = 0 to N.",
    source: "the lecture, after He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2, eq. 4",
    measuredBy:
      "Terms of the sum in a network of 9 blocks (the effect); and the largest difference of the sum from the output, over " +
      "the largest output, of pre-activation and of original blocks at initialisation.",
    rule: "As it stands: the sum has N + 1 terms, and both differences are at most 1e-5.",
    paperValue: "the last index is N - 1; the original block has a ReLU after the addition, and its output is no sum",
    effectName: "terms of the sum",
    unit: "terms",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H5",
    statement: "The residual branch F is six operations.",
    source:
      "the lecture; He, Zhang, Ren & Sun 2015, arXiv:1512.03385, fig. 2; He, Zhang, Ren & Sun 2016, arXiv:1603.05027, fig. 1",
    measuredBy: "Layers in the branch of a built block: the original one (the effect) and the pre-activation one.",
    rule: "As it stands: both have six.",
    paperValue: "five in the original block (a ReLU follows the addition), six in the pre-activation block",
    effectName: "operations of the original branch",
    unit: "operations",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H6",
    statement: "Dropping blocks of a residual network at test time does not degrade it.",
    source: "the lecture, after Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4",
    measuredBy:
      "Rise of the test error of a residual network after a short training, when one block is deleted: the median over " +
      "those that keep their shape (the effect), the mean over those that halve the image; and when half of the blocks " +
      "that keep their shape are deleted, the mean over draws. E1 and E3 measure it on deeper and longer trained networks.",
    rule: "As it stands: the intervals of all three rises lie below 5 points, the border of E1.",
    paperValue:
      "true of one ordinary block; blocks that change the stage hurt, and many blocks hurt the more there are",
    effectName: "rise of the error",
    unit: "points",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H7",
    statement: "Trained on its effective paths alone, a network has a lower error: 5.96 against 6.10 %.",
    source: "the lecture, after Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5",
    measuredBy:
      "The z of the two published errors on 10,000 test images each, as independent binomials (the effect), and the " +
      "probability of a difference as large by chance.",
    rule: "As it stands: z is at least 1.96, and the probability at most 0.05.",
    paperValue: "z = 0.42: the authors call the difference not significant",
    effectName: "difference in standard errors",
    unit: "standard errors",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H8",
    statement: "Stochastic depth drastically reduces the speed of training.",
    source: "the lecture, after Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3 and 4",
    measuredBy:
      "Blocks evaluated with survival falling linearly to 0.5 over 54 blocks: speed over that at constant depth (the " +
      "effect), and share of the work that is saved. D2 measures the time.",
    rule: "As it stands, the speed is below that at constant depth; and read as time, at least half of it is saved.",
    paperValue: "it is training time that falls, by about 25 %: the speed rises",
    effectName: "speed of training",
    unit: "times",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H9",
    statement: "With stochastic depth x_(t+1) = p_t F(x_t) + x_t, where p_t is a Bernoulli variable.",
    source: "the lecture, after Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, eq. 2 and 5",
    measuredBy:
      "Share of the factors of F that are p_t, over drawn routes of 54 blocks in training (the effect), and at test time.",
    rule: "As it stands: all factors are p_t, in training and at test time.",
    paperValue: "training draws b_t, 0 or 1; p_t is its mean, a number, and stands there at test time only",
    effectName: "share of factors in training",
    unit: "%",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H10",
    statement: "Deleting a block takes away half of the paths, and with them half of the network.",
    source: "the lecture, after Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 and 5",
    measuredBy:
      "Paths of 54 blocks that go through a given one, over all: by number, and weighted by the gradient they carry, 0.27 " +
      "times as much for each block more (read off fig. 6 of the source; the effect).",
    rule: "As it stands: the share by number is 50 %, and the weighted one within a point of it or more.",
    paperValue: "half by number; of the gradient r/(1 + r), about 21 % at r = 0.27, as short paths carry most of it",
    effectName: "share of the gradient",
    unit: "%",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H11",
    statement: "The early exits of Inception speed up inference.",
    source: "the lecture; Szegedy et al. 2014, arXiv:1409.4842, sec. 5; Teerapittayanon et al. 2016, arXiv:1709.01686",
    measuredBy:
      "Multiply-accumulates of GoogLeNet with its auxiliary heads run, over those without (the effect), and exits of the " +
      "network that is evaluated.",
    rule: "As it stands: the heads cost less than nothing, a ratio below 1, and the evaluated network has an exit.",
    paperValue: "the heads serve training and are removed at test time; BranchyNet is the paper of early exits (B3)",
    effectName: "operations with heads",
    unit: "times",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H12",
    statement: "Inception has far fewer parameters than VGG and than Network in Network.",
    source: "the lecture, after Szegedy et al. 2014, arXiv:1409.4842, sec. 1",
    measuredBy:
      "Parameters of Network in Network for ImageNet over those of GoogLeNet without auxiliary heads (the effect), and of " +
      "VGG-19 over them. A7 is the same claim within the comparison of all networks.",
    rule: "As it stands: both ratios are at least 2.",
    paperValue: "20.5 times fewer than VGG-19; 8 % fewer than Network in Network, 7.00 against 7.60 million",
    effectName: "parameters over GoogLeNet",
    unit: "times",
    minimumSeeds: 1,
    audit: true,
    sentenceOf: "A7",
  },
  {
    id: "H13",
    statement: "A convolution takes 3x3x256x256 = 589000 weights, of which a bottleneck saves one order of magnitude.",
    source: "the lecture, after Szegedy et al. 2014, arXiv:1409.4842, sec. 4",
    measuredBy: "Weights of both as they are built: the ratio (the effect), and those of the one convolution.",
    rule: "As it stands: the ratio is at least 10, and the convolution has 589,000 weights.",
    paperValue: "589,824 weights; 69,632 in the bottleneck, a factor of 8.47",
    effectName: "weights over the bottleneck",
    unit: "times",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H14",
    statement: "A stack of 3x3 convolutions expands the receptive field of the kernel in whose place it stands.",
    source: "the lecture, after Simonyan & Zisserman 2014, arXiv:1409.1556, sec. 2.3",
    measuredBy:
      "Side of the field, found by gradient, of two 3x3 less that of one 5x5 (the effect), and of three less that of one 7x7.",
    rule: "As it stands: both differences are at least one pixel.",
    paperValue: "it keeps the field of 5x5 or 7x7, with fewer weights",
    effectName: "pixels gained",
    unit: "pixels",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H15",
    statement: "After tanh, batch normalisation turns activations into a standard Gaussian.",
    source: "the lecture, after Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 3",
    measuredBy:
      "The tanh of normal deviates of standard deviation 3, normalised: size of the excess kurtosis, 0 for a Gaussian (the " +
      "effect), and largest deviation of a channel's mean from 0 and variance from 1; and the share of normalisations in " +
      "BN-Inception that come after an activation.",
    rule:
      "As it stands: kurtosis, means and variances are within 0.1, 0.01 and 0.02 of a standard Gaussian's, and all " +
      "normalisations come after an activation.",
    paperValue:
      "mean 0 and variance 1, of whatever shape, then a trained scale and offset; the paper puts it before the activation",
    effectName: "excess kurtosis",
    unit: "",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H16",
    statement: "Dropout drops a share p of the units: r is Bernoulli(p), and at test time weights are multiplied by p.",
    source: "the lecture, after Srivastava et al. 2014, JMLR 15:1929, sec. 4",
    measuredBy:
      "Units drawn at p = 0.25: difference of the share dropped from p (the effect), of the mean input of the next unit " +
      "from that with scaled weights, relative; and difference from p of the share that Dropout(0.25) of the listings keeps.",
    rule: "As it stands: all three are at most 0.01.",
    paperValue:
      "p is the probability that a unit is kept in the formula, and a rate of dropping in the text and in Keras, which " +
      "scales in training: they fit at p = 0.5 alone",
    effectName: "difference of the dropped share",
    unit: "",
    minimumSeeds: 5,
    audit: true,
  },
  {
    id: "H17",
    statement: "AlexNet has 9 layers and halved the error.",
    source: "the lecture, after Krizhevsky et al. 2012, sec. 3.5 and table 2; Russakovsky et al. 2015, arXiv:1409.0575",
    measuredBy:
      "Published top-5 errors of AlexNet and of the second place in 2012: what AlexNet has less, over the latter (the " +
      "effect); and layers with weights of the built network.",
    rule: "As it stands: at least 50 % less, and nine layers.",
    paperValue: "15.3 against 26.2 %, 41.6 % less; eight layers with weights, five convolutional and three dense",
    effectName: "reduction of the error",
    unit: "%",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H18",
    statement: "VGG has a dropout of 0.25 after each pooling.",
    source: "the lecture's listing, after Simonyan & Zisserman 2014, arXiv:1409.1556, sec. 3.1",
    measuredBy:
      "Dropouts of VGG-19 as published: those right after a pooling (the effect), and the largest rate of all.",
    rule: "As it stands: five of them, and a rate of 0.25.",
    paperValue:
      "0.5 on the first two dense layers; trained with momentum 0.9 and weight decay 5e-4, where the listing has neither",
    effectName: "dropouts after a pooling",
    unit: "layers",
    minimumSeeds: 1,
    audit: true,
    sentenceOf: "A2",
  },
  {
    id: "H19",
    statement: "An inception module has three towers.",
    source: "the lecture's listing, after Szegedy et al. 2014, arXiv:1409.4842, fig. 2",
    measuredBy:
      "Towers of GoogLeNet's modules as built (the effect), and those among them that are a plain 1x1 convolution.",
    rule: "As it stands: three, and none of them plain.",
    paperValue:
      "four, one of them a plain 1x1 convolution; the listing lacks it, and runs only once its input and its pooling layer " +
      "are defined",
    effectName: "towers of a module",
    unit: "towers",
    minimumSeeds: 1,
    audit: true,
    sentenceOf: "A3",
  },
  {
    id: "H20",
    statement: "A layer's output has the side O = (I - F + P)/S + 1, with P the padding.",
    source: "the lecture; Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6",
    measuredBy:
      "All layers with I up to 32, F up to 7, up to 3 pixels of padding a side and S up to 3: share of them whose side the " +
      "formula gives with P of one side (the effect), with P of both sides together, and so and rounded down. A1 runs " +
      "such layers.",
    rule: "As it stands: all of them, by all three readings.",
    paperValue: "P is the padding of both sides together, and the quotient is rounded down",
    effectName: "share of layers",
    unit: "%",
    minimumSeeds: 1,
    audit: true,
    sentenceOf: "A1",
  },
  {
    id: "H21",
    statement: "In DenseNet F([x_0, ..., x_(t-1)]) gives x_(t+1), and bottlenecks reduce the number of layers.",
    source: "the lecture, after Huang et al. 2016, arXiv:1608.06993, eq. 2 and sec. 3",
    measuredBy:
      "Feature maps that enter the layer of x_12 in the first block of DenseNet-40 (the effect), against those of x_0 to " +
      "x_10; and layers that a bottleneck adds to each dense layer.",
    rule: "As it stands: as many as x_0 to x_10 have, 136, and at least one layer less.",
    paperValue: "F sees x_t as well, 148 maps; a bottleneck adds a layer, and reduces the maps that the 3x3 one sees",
    effectName: "feature maps of the twelfth layer",
    unit: "maps",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H22",
    statement:
      "One hidden layer that is wide enough approximates any function; how wide is not known, and such networks overfit.",
    source:
      "the lecture, after Cybenko 1989, Math. Control Signals Syst. 2:303; Hornik et al. 1989, Neural Networks 2:359",
    measuredBy:
      "Networks of n ReLUs that join n + 1 values of the target by straight lines, n from 4 to 1024: largest error of the " +
      "widest on a step (the effect) and on a smooth function; widths at which the error on the latter is above the bound " +
      "max|f''| / (8 n²); rank correlation of width and error between the points. B5 trains such networks.",
    rule:
      "As it stands: both errors are at most 0.01, no bound holds, at one width or more, and the error grows with width, a " +
      "correlation above 0.",
    paperValue:
      "continuous functions on compact sets; bounds are known for classes of functions; width alone does not overfit",
    effectName: "error on a step",
    unit: "",
    minimumSeeds: 1,
    audit: true,
  },
  {
    id: "H23",
    statement: "In the limit of many layers a residual network is the differential equation x' = w^T x + b.",
    source: "the lecture, after Haber & Ruthotto 2017, arXiv:1705.03341, sec. 2",
    measuredBy:
      "The branch F of a block of ResNet-20 at initialisation on drawn activations: largest size of F(u + v) - F(u) - F(v) + " +
      "F(0) over that of F(u + v), 0 if F is a linear map and an offset.",
    rule: "As it stands: at most 1e-5 in every seed.",
    paperValue:
      "x' = F(x) with a nonlinearity in F: stability is a matter of its Jacobian, which changes along the way",
    effectName: "departure from linearity",
    unit: "",
    minimumSeeds: 1,
    audit: true,
  },
] as const satisfies readonly Claim[];

/** A row of the audit that is a matter of dates or of interpretation: cited, without a rule and a verdict. */
export interface CitedCorrection {
  /** What it is about: "dropout". */
  readonly what: string;
  readonly lecture: string;
  readonly correction: string;
  /** Where the correction can be read. */
  readonly source: string;
  /** The day or year that the lecture gives and the right one, as years, where it is one that is wrong. */
  readonly years?: readonly [lecture: number, correction: number];
}

export const citedCorrections: readonly CitedCorrection[] = [
  {
    what: "redundant blocks",
    lecture: "A better test error means that blocks are redundant.",
    correction:
      "The paper argues with a smaller expected depth and with an implicit ensemble; redundancy is an inference. D3 and D4 " +
      "measure what can be.",
    source: "Huang et al. 2016, arXiv:1603.09382, sec. 1 and 3",
  },
  {
    what: "dropout",
    lecture: "Dropout is of 2010.",
    correction: "The preprint is of July 2012, the article of 2014.",
    source: "Hinton et al. 2012, arXiv:1207.0580; Srivastava et al. 2014, JMLR 15:1929",
    years: [2010, 2012],
  },
  {
    what: "ImageNet",
    lecture: "ImageNet was created in 2010.",
    correction: "The data set is of 2009; the first challenge was in 2010.",
    source: "Deng et al. 2009, CVPR; Russakovsky et al. 2015, arXiv:1409.0575",
    years: [2010, 2009],
  },
  {
    what: "Network in Network",
    lecture: "Network in Network is of 4 March 2014.",
    correction: "That is its third version; the first is of 16 December 2013.",
    source: "Lin, Chen & Yan 2013, arXiv:1312.4400",
    years: [2014.17, 2013.96],
  },
  {
    what: "GoogLeNet",
    lecture: "GoogLeNet is of 10 September 2014.",
    correction: "It was posted on 17 September 2014.",
    source: "Szegedy et al. 2014, arXiv:1409.4842",
    years: [2014.69, 2014.71],
  },
  {
    what: "DenseNet",
    lecture: "DenseNet is of 26 August 2016.",
    correction: "It was posted on 25 August 2016.",
    source: "Huang, Liu, van der Maaten & Weinberger 2016, arXiv:1608.06993",
    years: [2016.651, 2016.648],
  },
  {
    what: "first winter of AI",
    lecture: "The first winter of artificial intelligence began in 1969.",
    correction: "1969 is the year of the book; the winter is usually set at 1974 to 1980.",
    source: "Minsky & Papert 1969, Perceptrons; Crevier 1993, AI: the tumultuous history, ch. 5",
    years: [1969, 1974],
  },
  {
    what: "second winter of AI",
    lecture: "The second winter of artificial intelligence began in 1995.",
    correction: "It is usually set at 1987 to 1993.",
    source: "Crevier 1993, AI: the tumultuous history, ch. 8",
    years: [1995, 1987],
  },
];
