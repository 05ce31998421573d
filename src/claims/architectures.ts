/**
 * A and G: the layers and networks of the lecture, counted and set side by side. The rules were fixed before any run and are
 * not tuned.
 */
import { claim } from "./claim";

export const vgg19IsAsListed = claim({
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
});

export const inceptionModuleIsAsListed = claim({
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
});

export const googLeNetIsSmall = claim({
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
});

export const architecturesCountAsPublished = claim({
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
});

export const operationsForetellTime = claim({
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
});
