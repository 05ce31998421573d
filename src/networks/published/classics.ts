/**
 * LeNet-5, AlexNet, VGG, Network in Network and the listings of the lecture, as published.
 */
import {
  buildAlexNet,
  buildCifarNetworkInNetwork,
  buildImageNetNetworkInNetwork,
  buildLeNet5,
  buildModernLeNet5,
  buildOneTowerAlexNet,
} from "../families/classics";
import { buildLectureInception } from "../families/inception";
import { buildVgg } from "../families/vgg";
import { canziani, cifar10, cifar100, imageNet, type PublishedNetwork, publishedNetwork } from "./published-network";

const krizhevsky = "Krizhevsky, Sutskever & Hinton 2012, NIPS 25, fig. 2";
const simonyan = "Simonyan & Zisserman 2014, arXiv:1409.1556, table 1";
const lin = "Lin, Chen & Yan 2013, arXiv:1312.4400; the authors' Caffe models";

/** LeNet-5, AlexNet, VGG, Network in Network, and the lecture's listings. */
export const publishedClassics: readonly PublishedNetwork[] = [
  publishedNetwork(
    {
      name: "lenet5",
      description: "LeNet-5 of 1998: partial connections, trained subsampling",
      paper: "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86:2278, sec. II.B",
      year: 1998,
      inputShape: [32, 32, 1],
      classes: 10,
      smallestSide: 32,
      references: ["lenet5-1998"],
      difference: {
        trainable: 840,
        total: 840,
        why: "the 84 by 10 numbers of its output layer are fixed codes there, trained weights here",
      },
    },
    buildLeNet5,
  ),
  publishedNetwork(
    {
      name: "modern-lenet5",
      description: "LeNet-5 as it is taught today: full connections, sigmoids",
      paper: "Zhang, Lipton, Li & Smola, Dive into Deep Learning, sec. 7.6",
      year: 2021,
      inputShape: [28, 28, 1],
      classes: 10,
      smallestSide: 12,
      references: ["lenet5-modern_d2l"],
    },
    buildModernLeNet5,
  ),
  publishedNetwork(
    {
      name: "alexnet",
      description: "AlexNet of 2012: two groups, local response normalisation",
      paper: krizhevsky,
      year: 2012,
      inputShape: [227, 227, 3],
      classes: 1000,
      smallestSide: 67,
      references: ["alexnet-original_2_groups"],
    },
    buildAlexNet,
  ),
  publishedNetwork(
    {
      name: "one-tower-alexnet",
      description: "AlexNet in one tower, torchvision's variant",
      paper: "Krizhevsky 2014, arXiv:1404.5997",
      year: 2014,
      ...imageNet,
      smallestSide: 63,
      references: ["torchvision_alexnet"],
      accuracy: { topOnePercent: 54.6, source: canziani },
    },
    buildOneTowerAlexNet,
  ),
  ...[11, 13, 16, 19].flatMap((depth) => [vgg(depth), normalisedVgg(depth)]),
  publishedNetwork(
    {
      name: "vgg19-lecture",
      description: "VGG-19 as the lecture lists it: a dropout of 0.25 after each stage",
      paper: `${simonyan}, configuration E`,
      year: 2014,
      ...imageNet,
      smallestSide: 32,
      references: ["seed-vgg19-cell", "keras_VGG19"],
    },
    (size) => buildVgg({ depth: 19, ...size, dropout: "stages" }),
  ),
  publishedNetwork(
    {
      name: "nin-cifar10",
      description: "Network in Network for CIFAR-10",
      paper: lin,
      year: 2013,
      ...cifar10,
      smallestSide: 1,
      references: ["nin-cifar10"],
    },
    buildCifarNetworkInNetwork,
  ),
  publishedNetwork(
    {
      name: "nin-cifar100",
      description: "Network in Network for CIFAR-100",
      paper: lin,
      year: 2013,
      ...cifar100,
      smallestSide: 1,
      references: ["nin-cifar100"],
    },
    buildCifarNetworkInNetwork,
  ),
  publishedNetwork(
    {
      name: "nin-imagenet",
      description: "Network in Network for ImageNet",
      paper: lin,
      year: 2013,
      ...imageNet,
      smallestSide: 59,
      references: ["nin-imagenet_caffe_zoo"],
    },
    buildImageNetNetworkInNetwork,
  ),
  publishedNetwork(
    {
      name: "lecture-inception",
      description: "the lecture's inception module of three towers, with a classifier",
      paper: "after Szegedy et al. 2014, arXiv:1409.4842, fig. 2b",
      year: 2014,
      ...cifar10,
      smallestSide: 1,
      references: ["seed-inception-module-net"],
    },
    buildLectureInception,
  ),
];

function vgg(depth: number): PublishedNetwork {
  const topOne = { 16: 70.6, 19: 70.7 }[depth];
  return publishedNetwork(
    {
      name: `vgg${depth}`,
      description: `VGG-${depth}, configuration ${configuration(depth)}`,
      paper: `${simonyan}, configuration ${configuration(depth)}`,
      year: 2014,
      ...imageNet,
      smallestSide: 32,
      references: [`torchvision_vgg${depth}`, ...(depth >= 16 ? [`keras_VGG${depth}`] : [])],
      ...(topOne !== undefined && { accuracy: { topOnePercent: topOne, source: canziani } }),
    },
    (size) => buildVgg({ depth, ...size }),
  );
}

function normalisedVgg(depth: number): PublishedNetwork {
  return publishedNetwork(
    {
      name: `vgg${depth}-bn`,
      description: `VGG-${depth} with batch normalisation, torchvision's variant`,
      paper: `${simonyan}, configuration ${configuration(depth)}; Ioffe & Szegedy 2015, arXiv:1502.03167`,
      year: 2015,
      ...imageNet,
      smallestSide: 32,
      references: depth >= 16 ? [`torchvision_vgg${depth}_bn`] : [],
    },
    (size) => buildVgg({ depth, ...size, normalised: true }),
  );
}

function configuration(depth: number): string {
  return { 11: "A", 13: "B", 16: "D", 19: "E" }[depth] ?? "?";
}
