/**
 * A: arithmetic of layers, and the layers of networks as the lecture lists them. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

export const layerClaims = [
  {
    id: "A1",
    statement:
      "A layer with windows of F pixels, stride S and P pixels of padding makes O = (I − F + P)/S + 1 pixels of I.",
    source:
      "Dumoulin & Visin 2016, arXiv:1603.07285, relationships 1 to 6; stated in the lecture with P the total padding",
    measuredBy:
      "Real convolutions and poolings over drawn I, F, P and S, run on images; the effect is the share of them whose " +
      "output has the side that the formula, rounded down, gives. P is the total padding, both sides together.",
    rule:
      "The side equals the formula wherever the division is exact, and its floor elsewhere. The page says which P is " +
      "meant.",
    paperValue: "an identity; written with P for each side it is (I − F + 2P)/S + 1",
    effectName: "share of layers as computed",
    unit: "%",
    minimumSeeds: 1,
  },
  {
    id: "A2",
    statement:
      "VGG-19 has the parameters that the lecture lists, layer by layer (1,792, 36,928, 73,856, 147,584, ...), and a " +
      "dropout of 0.25 after each block.",
    source: "the lecture's listing, after Simonyan & Zisserman 2014, arXiv:1409.1556, table 1, configuration E",
    measuredBy: "The table of the built network, line by line; the effect is its number of parameters.",
    rule: "Every layer's count is equal, the dropout stands after each of the five stages, the total is the reference's.",
    paperValue: "144 million (table 2 of the paper); 143,667,240 in Keras",
    effectName: "VGG parameters",
    unit: "parameters",
    minimumSeeds: 1,
  },
  {
    id: "A3",
    statement:
      "Three towers of 64 channels on 32x32x3, side by side, give 32x32x192; Flatten and Dense 10 follow (the lecture's " +
      "inception module).",
    source: "the lecture's listing, after Szegedy et al. 2014, arXiv:1409.4842, fig. 2",
    measuredBy: "The table of the built module, line by line; the effect is its number of parameters.",
    rule: "Every layer's shape and count is equal.",
    paperValue: "256, 36,928, 256, 102,464 and 256 in the towers; 1,966,090 in the dense layer",
    effectName: "inception module parameters",
    unit: "parameters",
    minimumSeeds: 1,
  },
  {
    id: "A4",
    statement:
      "A bottleneck, 1x1 to 64 channels, 3x3, and 1x1 back, takes 69,632 weights where one 3x3 convolution of 256 " +
      "channels takes 589,824.",
    source: "Szegedy et al. 2014, arXiv:1409.4842, sec. 4, and He et al. 2015, arXiv:1512.03385, sec. 4.1, fig. 5",
    measuredBy:
      "Weights of both as they are built, multiply-accumulates, and time of a forward pass of each, by turns; the " +
      "effect is the time of the one convolution over the bottleneck's.",
    rule:
      "Both counts are equal to those stated. The factor 8.5 between them is stated beside the measured speed-up, " +
      "which has no border to keep to.",
    paperValue: "589,824 / 69,632 = 8.47, in weights and in multiply-accumulates",
    effectName: "time ratio",
    unit: "times",
    minimumSeeds: 5,
  },
  {
    id: "A5",
    statement: "A 1x1 convolution is a perceptron applied at each pixel.",
    source: "Lin, Chen & Yan 2013, arXiv:1312.4400, sec. 3.1",
    measuredBy:
      "Convolutions of 1x1 with bias and ReLU on drawn tensors, against max(0, Wx + b) computed for each pixel by " +
      "itself in double precision; the effect is the largest difference over the largest output.",
    rule: "The largest relative difference is below 1e-5.",
    paperValue: "an identity",
    effectName: "relative difference",
    unit: "",
    minimumSeeds: 1,
  },
  {
    id: "A6",
    statement:
      "Stacks of 3x3 convolutions see what one of 5x5 or 7x7 sees, with fewer weights; nxn splits into 1xn and nx1.",
    source:
      "Simonyan & Zisserman 2014, arXiv:1409.1556, sec. 2.3; Szegedy et al. 2015, arXiv:1512.00567, sec. 3.1 and 3.2",
    measuredBy:
      "Pixels on which the middle activation has a gradient, and weights counted, of each stack and of the kernel in " +
      "whose place it stands; the effect is the share of weights that two 3x3 save against 5x5.",
    rule:
      "The fields are equal, and the weights, over channels squared, are 18 and 25, 27 and 49, 6 and 9, 14 and 49, 8 " +
      "and 9.",
    paperValue: "28 % fewer weights for 5x5, 45 % for 7x7 (which has 81 % more), 33 % for 3x3 as 1x3 and 3x1",
    effectName: "weights saved",
    unit: "%",
    minimumSeeds: 1,
  },
  {
    id: "A7",
    statement: "GoogLeNet has significantly fewer parameters than VGG and than Network in Network.",
    source: "the lecture, after Szegedy et al. 2014, arXiv:1409.4842, sec. 1",
    measuredBy:
      "Exact counts of GoogLeNet without its auxiliary heads, of VGG-19 and of Network in Network for ImageNet; the effect " +
      "is VGG-19's over GoogLeNet's.",
    rule: "As it stands: GoogLeNet has at most half the parameters of VGG-19, and at most half of Network in Network's.",
    paperValue: "12 times fewer than AlexNet (sec. 1 of the paper); of Network in Network it says nothing of the kind",
    effectName: "parameter ratio",
    unit: "times",
    minimumSeeds: 1,
  },
] as const satisfies readonly Claim[];
