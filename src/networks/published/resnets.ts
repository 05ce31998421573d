/**
 * The residual networks, as published.
 */
import { buildCifarResNet } from "../families/cifar-resnet";
import { buildResNet, buildResNetV2 } from "../families/resnet";
import { canziani, cifar10, cifar100, imageNet, type PublishedNetwork, publishedNetwork } from "./published-network";

const he2015 = "He, Zhang, Ren & Sun 2015, arXiv:1512.03385";
const he2016 = "He, Zhang, Ren & Sun 2016, arXiv:1603.05027";
const huang = "Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382";

/** Top-1 accuracy (%) of the ImageNet networks. */
const accuracies: Readonly<Record<number, number>> = { 18: 69.6, 34: 73.3, 50: 76.0, 101: 77.5, 152: 77.8 };

/** Residual networks: ImageNet's in three variants, CIFAR's, pre-activation and stochastic depth. */
export const publishedResNets: readonly PublishedNetwork[] = [
  ...[18, 34, 50, 101, 152].map((depth) =>
    publishedNetwork(
      {
        name: `imagenet-resnet${depth}`,
        description: `ResNet-${depth}, torchvision's variant${depth >= 50 ? " (v1.5: strides in the 3x3 convolutions)" : ""}`,
        paper: `${he2015}, table 1`,
        year: 2015,
        ...imageNet,
        smallestSide: 1,
        references: [`torchvision_resnet${depth}`],
        accuracy: { topOnePercent: accuracies[depth]!, source: canziani },
      },
      (size) => buildResNet({ depth, ...size }),
    ),
  ),
  ...[50, 101, 152].map((depth) =>
    publishedNetwork(
      {
        name: `keras-imagenet-resnet${depth}`,
        description: `ResNet-${depth}, Keras's variant (v1: strides in the first 1x1 convolutions, biases)`,
        paper: `${he2015}, table 1`,
        year: 2015,
        ...imageNet,
        smallestSide: 1,
        references: [`keras_ResNet${depth}`],
      },
      (size) => buildResNet({ depth, ...size, variant: "keras" }),
    ),
  ),
  ...[50, 101, 152].map((depth) =>
    publishedNetwork(
      {
        name: `imagenet-resnet${depth}-v2`,
        description: `ResNet-${depth} V2: pre-activation, Keras's variant`,
        paper: `${he2016}, fig. 4(e)`,
        year: 2016,
        ...imageNet,
        smallestSide: 1,
        references: [`keras_ResNet${depth}V2`],
      },
      (size) => buildResNetV2({ depth, ...size }),
    ),
  ),
  ...[20, 32, 44, 56, 110, 1202].map((depth) =>
    publishedNetwork(
      {
        name: `resnet${depth}`,
        description: `ResNet-${depth} for CIFAR-10, option A shortcuts`,
        paper: `${he2015}, sec. 4.2 and table 6`,
        year: 2015,
        ...cifar10,
        smallestSide: 1,
        references: [`resnet${depth}-cifar10-optA`],
      },
      (size) => buildCifarResNet({ depth, ...size }),
    ),
  ),
  publishedNetwork(
    {
      name: "preactivation-resnet110",
      description: "ResNet-110 for CIFAR-10, pre-activation",
      paper: `${he2016}, table 2`,
      year: 2016,
      ...cifar10,
      smallestSide: 1,
      references: ["preact-resnet110-cifar10-basic-optA"],
    },
    (size) => buildCifarResNet({ depth: 110, ...size, preActivation: true }),
  ),
  ...[164, 1001].map((depth) =>
    publishedNetwork(
      {
        name: `preactivation-bottleneck-resnet${depth}`,
        description: `ResNet-${depth} for CIFAR-10, pre-activation bottlenecks`,
        paper: `${he2016}, table 3`,
        year: 2016,
        ...cifar10,
        smallestSide: 1,
        references: [`preact-resnet${depth}-cifar10`],
      },
      (size) => buildCifarResNet({ depth, ...size, preActivation: true, bottleneck: true }),
    ),
  ),
  publishedNetwork(
    {
      name: "stochastic-depth-resnet110",
      description: "ResNet-110 for CIFAR-100; stochastic depth is a route for each mini-batch, not another network",
      paper: `${huang}, sec. 4`,
      year: 2016,
      ...cifar100,
      smallestSide: 1,
      references: ["resnet110-cifar100-optA"],
    },
    (size) => buildCifarResNet({ depth: 110, ...size }),
  ),
];
