/**
 * What the audit counts: numbers that are the same for every seed.
 */
import { publishedTopFiveErrors } from "../../src/claims";
import {
  type Architecture,
  buildByName,
  buildPublished,
  convolution,
  expectedRoute,
  type Layer,
  layerWeights,
  linearSurvival,
  multiplyAccumulates,
  outputSide,
  type PlacedLayer,
  parameterCounts,
  placedLayers,
  type RouteSampling,
  receptiveField,
  sampleRoute,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { pathCounts } from "../../src/routes";
import { chiSquaredTail, mean, spearman } from "../../src/statistics";
import type { Check } from "./check";

const small = { inputShape: [32, 32, 3], classes: 10 } as const;
/** Blocks of the network that the papers on paths and on stochastic depth study. */
const studied = buildByName("resnet110", small);

/** What the gradient along a path is multiplied by for each residual branch more (Veit et al. 2016, read off fig. 6b and c). */
const gradientByBranch = 0.27;
/** Errors (%) with the effective paths trained and with all, and test images (Veit et al. 2016, sec. 5). */
const [shortPaths, allPaths, testImages] = [5.96, 6.1, 10_000];

export const countedChecks: readonly Check[] = [
  {
    claim: "H5",
    quantity: "operations of an original block's branch",
    unit: "operations",
    lecture: ["exactly", 6],
    found: () => buildByName("resnet20", small).blocks[1]!.residual.length,
  },
  {
    claim: "H5",
    quantity: "operations of a pre-activation block's branch",
    unit: "operations",
    lecture: ["exactly", 6],
    found: () => buildByName("preactivation-resnet20", small).blocks[1]!.residual.length,
  },
  {
    claim: "H7",
    quantity: "z of 5.96 and 6.10 %",
    unit: "standard errors",
    lecture: ["at least", 1.96],
    found: zOfErrors,
  },
  {
    claim: "H7",
    quantity: "probability of such a difference by chance",
    unit: "",
    lecture: ["at most", 0.05],
    found: () => chiSquaredTail(zOfErrors() ** 2, 1), // the square of a normal deviate
  },
  {
    claim: "H8",
    quantity: "blocks a second over those at constant depth, if each costs the same,",
    unit: "times",
    lecture: ["below", 1],
    found: () => 1 / (1 - savedByStochasticDepth()),
  },
  {
    claim: "H8",
    quantity: "share of the blocks' work that is saved",
    unit: "%",
    lecture: ["at least", 50],
    found: () => 100 * savedByStochasticDepth(),
  },
  {
    claim: "H9",
    quantity: "factors that are p_t in training",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => {
      const stream = randomStream(1, "routes of the audit");
      return mean(Array.from({ length: 200 }, () => survivalFactors(sampleRoute(studied, survival, stream))));
    },
  },
  {
    claim: "H9",
    quantity: "factors that are p_t at test time",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => survivalFactors(expectedRoute(studied, survival)),
  },
  {
    claim: "H10",
    quantity: "share of the gradient that a block's paths carry",
    unit: "%",
    lecture: ["at least", 49],
    found: () => shareThroughBlock(gradientByBranch),
  },
  {
    claim: "H10",
    quantity: "share of the paths that go through a block",
    unit: "%",
    lecture: ["exactly", 50],
    found: () => shareThroughBlock(1),
  },
  {
    claim: "H11",
    quantity: "multiply-accumulates of GoogLeNet with its heads run, over those without,",
    unit: "times",
    lecture: ["below", 1],
    found: () => operationsOf("googlenet") / operationsOf("googlenet-without-heads"),
  },
  {
    claim: "H11",
    quantity: "exits of the network that is evaluated",
    unit: "",
    lecture: ["at least", 1],
    found: () => buildPublished("googlenet-without-heads").exits?.length ?? 0,
  },
  {
    claim: "H12",
    quantity: "parameters of Network in Network over GoogLeNet's",
    unit: "times",
    lecture: ["at least", 2],
    found: () => parametersOf("nin-imagenet") / parametersOf("googlenet-without-heads"),
  },
  {
    claim: "H12",
    quantity: "parameters of VGG-19 over GoogLeNet's",
    unit: "times",
    lecture: ["at least", 2],
    found: () => parametersOf("vgg19") / parametersOf("googlenet-without-heads"),
  },
  {
    claim: "H13",
    quantity: "weights of the convolution over those of the bottleneck",
    unit: "times",
    lecture: ["at least", 10],
    found: () => weightsOf(wideConvolution, 256) / weightsOf(bottleneck, 256),
  },
  {
    claim: "H13",
    quantity: "weights of the convolution",
    unit: "weights",
    lecture: ["exactly", 589_000],
    found: () => weightsOf(wideConvolution, 256),
  },
  ...([5, 7] as const).map(
    (kernel, i): Check => ({
      claim: "H14",
      quantity: `pixels by which the side of the field of ${["two", "three"][i]} 3x3 is above that of one ${kernel}x${kernel}`,
      unit: "",
      lecture: ["at least", 1],
      found: (seed) =>
        fieldOf(
          Array.from({ length: i + 2 }, () => 3),
          seed,
        ) - fieldOf([kernel], seed),
    }),
  ),
  {
    claim: "H15",
    quantity: "normalisations of BN-Inception that come after an activation",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => {
      const placed = placedLayers(buildPublished("bn-inception"));
      const after = placed.flatMap(({ layer }, i) =>
        layer.kind === "batch normalisation" ? [isActivation(placed[i - 1])] : [],
      );
      return (100 * after.filter(Boolean).length) / after.length;
    },
  },
  {
    claim: "H17",
    quantity: "reduction of the top-5 error against the second place",
    unit: "%",
    lecture: ["at least", 50],
    found: () => {
      const [alexNet, second] = ["AlexNet", "ISI"].map(
        (name) => publishedTopFiveErrors.find(({ network }) => network === name)!.topFivePercent,
      );
      return 100 * (1 - alexNet! / second!);
    },
  },
  {
    claim: "H17",
    quantity: "layers with weights of AlexNet in one tower",
    unit: "layers",
    lecture: ["exactly", 9],
    found: () =>
      placedLayers(buildPublished("one-tower-alexnet")).filter(({ layer }) =>
        ["convolution", "dense"].includes(layer.kind),
      ).length,
  },
  {
    claim: "H18",
    quantity: "dropouts right after a pooling",
    unit: "",
    lecture: ["exactly", 5],
    found: () => {
      const placed = placedLayers(buildPublished("vgg19"));
      return placed.filter(({ layer }, i) => layer.kind === "dropout" && placed[i - 1]?.layer.kind === "max pool")
        .length;
    },
  },
  {
    claim: "H18",
    quantity: "largest rate of its dropouts",
    unit: "",
    lecture: ["exactly", 0.25],
    found: () =>
      Math.max(
        ...placedLayers(buildPublished("vgg19")).map(({ layer }) => (layer.kind === "dropout" ? layer.rate : 0)),
      ),
  },
  {
    claim: "H19",
    quantity: "towers of a module",
    unit: "",
    lecture: ["exactly", 3],
    found: () => mean(inceptionModules().map((towers) => towers.length)),
  },
  {
    claim: "H19",
    quantity: "plain 1x1 convolutions among them",
    unit: "",
    lecture: ["exactly", 0],
    found: () => mean(inceptionModules().map((towers) => towers.filter(isPlain).length)),
  },
  {
    claim: "H20",
    quantity: "layers as computed, P of one side and not rounded",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => shareOfLayers(({ perSide, side }) => perSide === side),
  },
  {
    claim: "H20",
    quantity: "layers as computed, P of both sides and not rounded",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => shareOfLayers(({ total, side }) => total === side),
  },
  {
    claim: "H20",
    quantity: "layers as computed, P of both sides and rounded down",
    unit: "%",
    lecture: ["exactly", 100],
    found: () => shareOfLayers(({ total, side }) => Math.floor(total) === side),
  },
  {
    claim: "H21",
    quantity: "feature maps that enter the layer of x_12",
    unit: "maps",
    lecture: ["exactly", 136],
    found: () =>
      placedLayers(buildPublished("densenet-40-12")).find(({ place }) => place === "stage1/block12")!.inputShape[2]!,
  },
  {
    claim: "H21",
    quantity: "layers that a bottleneck adds to a dense layer",
    unit: "",
    lecture: ["at most", -1],
    found: () => convolutionsOfDenseLayer("densenet-bc-100-12") - convolutionsOfDenseLayer("densenet-40-12"),
  },
  {
    claim: "H22",
    quantity: "error of the widest network on a step",
    unit: "",
    lecture: ["at most", 0.01],
    found: () => interpolationError(step, widths.at(-1)!),
  },
  {
    claim: "H22",
    quantity: "error of the widest network on a smooth function",
    unit: "",
    lecture: ["at most", 0.01],
    found: () => interpolationError(Math.sin, widths.at(-1)!),
  },
  {
    claim: "H22",
    quantity: "widths at which the error is above the bound",
    unit: "",
    lecture: ["at least", 1],
    found: () => widths.filter((width) => interpolationError(Math.sin, width) > 1 / (8 * width ** 2)).length,
  },
  {
    claim: "H22",
    quantity: "rank correlation of width and error between the points",
    unit: "",
    lecture: ["above", 0],
    found: () =>
      spearman(
        widths,
        widths.map((width) => interpolationError(Math.sin, width)),
      ),
  },
];

/** z of two shares of as many images, by the difference's own variance. */
function zOfErrors(): number {
  const variance = (percent: number) => ((percent / 100) * (1 - percent / 100)) / testImages;
  return (allPaths - shortPaths) / 100 / Math.sqrt(variance(allPaths) + variance(shortPaths));
}

/** Survival falling linearly to a half, as in Huang et al. 2016. */
const probabilities = linearSurvival(studied.blocks.length, 0.5);
const survival: RouteSampling = { kind: "survival", probabilities };

function savedByStochasticDepth(): number {
  return 1 - mean(probabilities);
}

/** Share (%) of a route's blocks whose residual branch is multiplied by its survival probability. */
function survivalFactors(route: ReturnType<typeof sampleRoute>): number {
  const own = route.filter(({ block, branch, scale = 1 }) => {
    const factor = branch === "skip" ? 0 : scale;
    return factor === probabilities[block];
  });
  return (100 * own.length) / route.length;
}

/**
 * Share (%) of the paths, each weighted by `weight` to the power of its length, that go through a given block: all but those
 * of the network without it.
 */
function shareThroughBlock(weight: number): number {
  const weighted = (blocks: Architecture["blocks"]) =>
    pathCounts({ blocks }).reduce((sum, count, length) => sum + Number(count) * weight ** length, 0);
  return 100 * (1 - weighted(studied.blocks.slice(1)) / weighted(studied.blocks));
}

function operationsOf(name: string): number {
  return multiplyAccumulates(buildPublished(name));
}

function parametersOf(name: string): number {
  return parameterCounts(buildPublished(name)).trainable;
}

const wideConvolution = [convolution("3x3", { filters: 256 })];
const bottleneck = [
  convolution("reduce", { filters: 64, size: 1 }),
  convolution("convolution", { filters: 64 }),
  convolution("expand", { filters: 256, size: 1 }),
];

function weightsOf(layers: readonly Layer[], channels: number): number {
  return layerWeights(layers, [8, 8, channels]);
}

/** Side of the receptive field of convolutions one after another. */
function fieldOf(sizes: readonly number[], seed: number): number {
  const layers = sizes.map((size, i) => convolution(`convolution${i + 1}`, { filters: 2, size }));
  return receptiveField(layers, { side: 15, channels: 2, seed }).width;
}

function isActivation(placed: PlacedLayer | undefined): boolean {
  return placed !== undefined && ["relu", "sigmoid", "tanh"].includes(placed.layer.kind);
}

/** The towers of each of GoogLeNet's modules. */
function inceptionModules(): (readonly (readonly Layer[])[])[] {
  return placedLayers(buildPublished("googlenet-without-heads")).flatMap(({ layer }) =>
    layer.kind === "concatenation" ? [layer.branches] : [],
  );
}

/** One 1x1 convolution, with or without its activation, and nothing else. */
function isPlain(tower: readonly Layer[]): boolean {
  const others = tower.filter((layer) => !["convolution", "relu"].includes(layer.kind));
  const convolutions = tower.flatMap((layer) => (layer.kind === "convolution" ? [layer.kernelSize[0]] : []));
  return others.length === 0 && convolutions.length === 1 && convolutions[0] === 1;
}

interface Sides {
  /** By the formula with P the padding of one side, and of both, neither rounded. */
  readonly perSide: number;
  readonly total: number;
  /** Of the layer as it is built. */
  readonly side: number;
}

/** Share (%) of the layers with I up to 32, F up to 7, padding up to 3 a side and S up to 3 whose window fits. */
function shareOfLayers(isAsComputed: (sides: Sides) => boolean): number {
  let [all, asComputed] = [0, 0];
  for (let input = 1; input <= 32; input++)
    for (let size = 1; size <= 7; size++)
      for (let padding = 0; padding <= 3; padding++)
        for (let stride = 1; stride <= 3; stride++) {
          if (size > input + 2 * padding) continue;
          const formula = (pixels: number) => (input - size + pixels) / stride + 1;
          const side = outputSide(input, size, stride, padding);
          all += 1;
          if (isAsComputed({ perSide: formula(padding), total: formula(2 * padding), side })) asComputed += 1;
        }
  return (100 * asComputed) / all;
}

/** Convolutions in the branch of a DenseNet's first dense layer. */
function convolutionsOfDenseLayer(name: string): number {
  return placedLayers(buildPublished(name)).filter(
    ({ place, layer }) => place === "stage1/block1" && layer.kind === "convolution",
  ).length;
}

/** Hidden units of the networks that join values of a function by straight lines. */
const widths = [4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** 0, and 1 from the middle on. */
function step(x: number): number {
  return x < 0.5 ? 0 : 1;
}

/**
 * Largest difference on [0, 1] of a function from the network of so many ReLUs that meets it at width + 1 equal distances:
 * y = f(0) + Σ w_i max(0, x - i/n), each w_i the change of slope there. Of a function with |f''| at most M it is at most
 * M / (8 n²).
 *
 * Looked for between the points, 7 places a line, and right before and at the middle, where a step is.
 */
function interpolationError(target: (x: number) => number, width: number): number {
  const slope = (i: number) => (i < 0 ? 0 : width * (target((i + 1) / width) - target(i / width)));
  const weights = Array.from({ length: width }, (_, i) => slope(i) - slope(i - 1));
  const network = (x: number) =>
    weights.reduce((sum, weight, i) => sum + weight * Math.max(0, x - i / width), target(0));
  const places = Array.from({ length: 8 * width + 1 }, (_, i) => i / (8 * width));
  return Math.max(...[...places, 0.5 - 1e-9].map((x) => Math.abs(network(x) - target(x))));
}
