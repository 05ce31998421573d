/**
 * A small network of each family, to be trained in minutes on one budget: what distinguishes the families is kept, and what
 * would call for a budget of its own is made alike.
 *
 * Every convolution is followed by batch normalisation and the nonlinearity (before it in pre-activation networks and
 * DenseNet), so that one learning rate serves all. That takes the place of local response normalisation and of dropout, as
 * in Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 4.2.1. First kernels are small and have stride 1, as small images need.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import { buildCifarResNet } from "./cifar-resnet";
import { buildCifarDenseNet } from "./densenet";
import { type GoogLeNetRow, googLeNetModules, inceptionModule } from "./inception";
import {
  averagePool,
  type BuilderOptions,
  batchNormalisation,
  type ConvolutionOptions,
  convolution,
  convolutionUnit,
  dense,
  flatten,
  globalAveragePool,
  maxPool,
  plainBlock,
  relu,
  tanh,
} from "./layers";
import { buildVggStyle } from "./vgg";

/** For which task a small network is built, and how wide. */
interface SmallFamilyOptions extends BuilderOptions {
  /** Filters of the residual networks' first stage, 16 by default; all other networks are in proportion. */
  readonly width?: number;
}

/** A family of networks, and the small network that stands for it. */
interface SmallFamily {
  /** What it is asked for by: "small-alexnet". */
  readonly name: string;
  /** For people: "AlexNet". */
  readonly title: string;
  /** Authors, year and identifier of the family. */
  readonly paper: string;
  /** In which it was first published. */
  readonly year: number;
  /** The network for images of at least 8x8 pixels. */
  build(options: SmallFamilyOptions): Architecture;
}

/** One of each family, the earliest first. */
export const smallFamilies: readonly SmallFamily[] = [
  {
    name: "small-lenet5",
    title: "LeNet-5",
    paper: "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86:2278",
    year: 1998,
    build: buildSmallLeNet5,
  },
  {
    name: "small-alexnet",
    title: "AlexNet",
    paper: "Krizhevsky, Sutskever & Hinton 2012, NIPS 25",
    year: 2012,
    build: buildSmallAlexNet,
  },
  {
    name: "small-nin",
    title: "Network in Network",
    paper: "Lin, Chen & Yan 2013, arXiv:1312.4400",
    year: 2013,
    build: buildSmallNetworkInNetwork,
  },
  {
    name: "vgg11",
    title: "VGG-11",
    paper: "Simonyan & Zisserman 2014, arXiv:1409.1556",
    year: 2014,
    build: ({ width = ownWidth, ...size }) => buildVggStyle({ ...size, depth: 11, width: 2 * width }),
  },
  {
    name: "small-googlenet",
    title: "GoogLeNet",
    paper: "Szegedy et al. 2014, arXiv:1409.4842",
    year: 2014,
    build: buildSmallGoogLeNet,
  },
  {
    name: "resnet20",
    title: "ResNet-20",
    paper: "He, Zhang, Ren & Sun 2015, arXiv:1512.03385",
    year: 2015,
    build: (options) => buildCifarResNet({ ...options, depth: 20 }),
  },
  {
    name: "preactivation-resnet20",
    title: "pre-activation ResNet-20",
    paper: "He, Zhang, Ren & Sun 2016, arXiv:1603.05027",
    year: 2016,
    build: (options) => buildCifarResNet({ ...options, depth: 20, preActivation: true }),
  },
  {
    name: "densenet-bc-22",
    title: "DenseNet-BC-22",
    paper: "Huang, Liu, van der Maaten & Weinberger 2016, arXiv:1608.06993",
    year: 2016,
    build: ({ width, ...size }) =>
      buildCifarDenseNet({ ...size, depth: 22, growth: narrowing(1, width)(12), bottleneck: true }),
  },
];

/**
 * The entry of a name.
 *
 * @throws RangeError when there is none, listing those there are
 */
export function smallFamilyByName(name: string): SmallFamily {
  const found = smallFamilies.find((family) => family.name === name);
  if (found !== undefined) return found;
  const known = smallFamilies.map((family) => family.name).join(", ");
  throw new RangeError(`there is no small network "${name}"; there are ${known}`);
}

/** The width for which the numbers of filters below are stated. */
const ownWidth = 16;

/** From filters as published to those of the small network: `divisor` times fewer at width 16, at least one. */
function narrowing(divisor: number, width = ownWidth): (published: number) => number {
  return (published) => Math.max(1, Math.round((published * width) / (ownWidth * divisor)));
}

/**
 * LeNet-5 with filters and units as published: every map of the second convolution sees all of the first, averages are not
 * trained, convolutions keep the size of the image.
 *
 * For 32x32x3 and 10 classes 136,908 trainable parameters.
 */
function buildSmallLeNet5({ inputShape, classes, width }: SmallFamilyOptions): Architecture {
  const filters = narrowing(1, width);
  const unit = (name: string, published: number) =>
    plainBlock(name, [
      convolution(`${name}/convolution`, { filters: filters(published), size: 5, gain: 1 }),
      batchNormalisation(`${name}/normalisation`),
      tanh,
    ]);
  return {
    name: "small-lenet5",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unit("stage1/block1", 6),
      plainBlock("stage1/pool", [averagePool()]),
      unit("stage2/block1", 16),
      plainBlock("stage2/pool", [averagePool()]),
    ],
    head: [
      flatten,
      dense("head/hidden1", filters(120)),
      tanh,
      dense("head/hidden2", filters(84)),
      tanh,
      dense("head/classifier", classes),
    ],
  };
}

/**
 * AlexNet in one tower: five convolutions with a quarter of the filters, overlapping max pooling, three dense layers, the
 * hidden ones with a sixteenth of the units. Its first two kernels are 5x5, in place of 11x11 and 5x5.
 *
 * For 32x32x3 and 10 classes 485,882 trainable parameters.
 */
function buildSmallAlexNet({ inputShape, classes, width }: SmallFamilyOptions): Architecture {
  const filters = narrowing(4, width);
  const units = narrowing(16, width)(4096);
  return {
    name: "small-alexnet",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unitBlock("stage1/block1", { filters: filters(64), size: 5 }),
      overlappingPool("stage1/pool"),
      unitBlock("stage2/block1", { filters: filters(192), size: 5 }),
      overlappingPool("stage2/pool"),
      unitBlock("stage3/block1", { filters: filters(384) }),
      unitBlock("stage3/block2", { filters: filters(256) }),
      unitBlock("stage3/block3", { filters: filters(256) }),
      overlappingPool("stage3/pool"),
    ],
    head: [
      flatten,
      ...hiddenUnit("head/hidden1", units),
      ...hiddenUnit("head/hidden2", units),
      dense("head/classifier", classes),
    ],
  };
}

/**
 * Network in Network for small images with a quarter of the filters: two 1x1 convolutions after each larger one, the mean
 * over the image in place of dense layers.
 *
 * For 32x32x3 and 10 classes 64,122 trainable parameters.
 */
function buildSmallNetworkInNetwork({ inputShape, classes, width }: SmallFamilyOptions): Architecture {
  const filters = narrowing(4, width);
  return {
    name: "small-nin",
    inputShape,
    classes,
    stem: [],
    blocks: [
      unitBlock("stage1/block1", { filters: filters(192), size: 5 }),
      unitBlock("stage1/block2", { filters: filters(160), size: 1 }),
      unitBlock("stage1/block3", { filters: filters(96), size: 1 }),
      overlappingPool("stage1/pool"),
      unitBlock("stage2/block1", { filters: filters(192), size: 5 }),
      unitBlock("stage2/block2", { filters: filters(192), size: 1 }),
      unitBlock("stage2/block3", { filters: filters(192), size: 1 }),
      plainBlock("stage2/pool", [averagePool(3, 2, "same")]),
      unitBlock("stage3/block1", { filters: filters(192) }),
      unitBlock("stage3/block2", { filters: filters(192), size: 1 }),
    ],
    head: [
      convolution("head/classifier", { filters: classes, size: 1, bias: true, gain: 1 }), // no ReLU: logits of either sign
      globalAveragePool,
    ],
  };
}

/**
 * GoogLeNet with an eighth of the filters and two inception modules a stage, the first and the last of the paper's, behind
 * a stem of one 3x3 convolution. It has no auxiliary heads.
 *
 * For 32x32x3 and 10 classes 69,946 trainable parameters.
 */
function buildSmallGoogLeNet({ inputShape, classes, width }: SmallFamilyOptions): Architecture {
  const filters = narrowing(8, width);
  return {
    name: "small-googlenet",
    inputShape,
    classes,
    stem: convolutionUnit("stem", { filters: filters(192) }),
    blocks: Object.values(googLeNetModules).flatMap((rows, i, stages) => {
      const stage = `stage${i + 1}`;
      const own = [rows[0], rows.at(-1)!].map((row, j) => inceptionBlock(`${stage}/block${j + 1}`, row, filters));
      return i === stages.length - 1 ? own : [...own, overlappingPool(`${stage}/pool`)];
    }),
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
}

function inceptionBlock(
  name: string,
  [, one, three, five, pool]: GoogLeNetRow,
  filters: (published: number) => number,
): Block {
  const unit = (branch: string, size: number, published: number) =>
    convolutionUnit(`${name}/${branch}`, { filters: filters(published), size });
  return inceptionModule(
    name,
    unit("1x1", 1, one),
    [...unit("3x3-reduce", 1, three[0]), ...unit("3x3", 3, three[1])],
    [...unit("5x5-reduce", 1, five[0]), ...unit("5x5", 5, five[1])],
    [maxPool(3, 1, 1), ...unit("pool-projection", 1, pool)],
  );
}

/** A convolution with its normalisation and ReLU. */
function unitBlock(name: string, options: ConvolutionOptions): Block {
  return plainBlock(name, convolutionUnit(name, options));
}

/** Windows of 3x3 at stride 2; sides are rounded up. */
function overlappingPool(name: string): Block {
  return plainBlock(name, [maxPool(3, 2, "same")]);
}

/** A hidden dense layer with its normalisation and ReLU. */
function hiddenUnit(name: string, units: number): Layer[] {
  return [{ ...dense(name, units, 2), bias: false }, batchNormalisation(`${name}-normalisation`), relu];
}
