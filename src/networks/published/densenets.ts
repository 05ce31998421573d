/**
 * The DenseNets, as published.
 */
import { buildCifarDenseNet, buildDenseNet } from "../families/densenet";
import { cifar10, imageNet, type PublishedNetwork, publishedNetwork } from "./published-network";

const huang = "Huang, Liu, van der Maaten & Weinberger 2016, arXiv:1608.06993";

/** One crop, the authors' own figures. */
const accuracies: Readonly<Record<number, number>> = { 121: 74.98, 169: 76.2, 201: 77.42 };

/** Depth, growth rate and form of the networks for CIFAR (table 2). */
const small: readonly [depth: number, growth: number, bottleneck: boolean][] = [
  [40, 12, false],
  [100, 12, false],
  [100, 24, false],
  [100, 12, true],
  [250, 24, true],
  [190, 40, true],
];

/** DenseNets for ImageNet and for CIFAR. */
export const publishedDenseNets: readonly PublishedNetwork[] = [
  ...[121, 161, 169, 201].map((depth) => {
    const topOnePercent = accuracies[depth];
    return publishedNetwork(
      {
        name: `densenet${depth}`,
        description: `DenseNet-${depth} for ImageNet`,
        paper: `${huang}, table 1`,
        year: 2016,
        ...imageNet,
        smallestSide: 29,
        references: [`torchvision_densenet${depth}`, ...(depth === 161 ? [] : [`keras_DenseNet${depth}`])],
        ...(topOnePercent !== undefined && { accuracy: { topOnePercent, source: `${huang}, table 3` } }),
      },
      (size) => buildDenseNet({ depth, ...size }),
    );
  }),
  ...small.map(([depth, growth, bottleneck]) => {
    const form = bottleneck ? "-bc" : "";
    return publishedNetwork(
      {
        name: `densenet${form}-${depth}-${growth}`,
        description: `DenseNet${form.toUpperCase()} for CIFAR-10, ${depth} layers, growth rate ${growth}`,
        paper: `${huang}, sec. 4.1 and table 2`,
        year: 2016,
        ...cifar10,
        smallestSide: 4,
        references: [`densenet${form}-L${depth}-k${growth}-cifar10`],
      },
      (size) => buildCifarDenseNet({ depth, growth, bottleneck, ...size }),
    );
  }),
];
