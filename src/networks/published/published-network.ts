/**
 * An entry of the registry of published networks.
 */
import type { Architecture } from "../engine/architecture";
import type { BuilderOptions } from "../families/layers";

/** A network as its paper, or a widely used code, has it: with its input, its classes, and where it is counted. */
export interface PublishedNetwork {
  /** What it is asked for by: "vgg19-bn". */
  readonly name: string;
  /** For people, with the variant: "VGG-19 (configuration E) with batch normalisation". */
  readonly description: string;
  /** Authors, year, identifier, and the table or figure that lists its layers. */
  readonly paper: string;
  readonly year: number;
  /** `[height, width, channels]` of one image, as published. */
  readonly inputShape: BuilderOptions["inputShape"];
  readonly classes: number;
  /** Least height and width of an image that it takes (pixels). */
  readonly smallestSide: number;
  /** Rows of the reference counts (`reference-counts.ts`) that count this very network; none where there is no reference. */
  readonly references: readonly string[];
  /** In what the reference counts otherwise; nothing where the counts are equal. */
  readonly difference?: CountDifference;
  /** Top-1 accuracy on ImageNet that was published for it: one image, one crop. */
  readonly accuracy?: PublishedAccuracy;
  /** The architecture for images and classes of any number: the published ones by default. */
  build(size?: BuildSize): Architecture;
}

/** Other images or classes than the published ones. */
export type BuildSize = Partial<BuilderOptions>;

/** Our parameters less the reference's, as a number that follows from what the reference leaves out or adds. */
export interface CountDifference {
  readonly trainable: number;
  /** Running statistics included. */
  readonly total: number;
  /** What is counted otherwise, as a clause: "the reference's normalisation has no scale". */
  readonly why: string;
}

/** A published accuracy. */
export interface PublishedAccuracy {
  readonly topOnePercent: number;
  /** Authors, year and identifier of who measured it. */
  readonly source: string;
}

/** The evaluation of most networks by one code, one central crop (read off the figure, within 0.3 points). */
export const canziani = "Canziani, Paszke & Culurciello 2016, arXiv:1605.07678, fig. 1";

/** ImageNet's images, as most networks take them, and classes. */
export const imageNet = { inputShape: [224, 224, 3], classes: 1000 } as const;
/** CIFAR-10's images and classes. */
export const cifar10 = { inputShape: [32, 32, 3], classes: 10 } as const;
/** CIFAR-100's images and classes. */
export const cifar100 = { inputShape: [32, 32, 3], classes: 100 } as const;

/**
 * An entry of the registry, whose `build` fills in the published input and classes.
 *
 * @param build makes the architecture for a given input and number of classes
 */
export function publishedNetwork(
  entry: Omit<PublishedNetwork, "build">,
  build: (size: BuilderOptions) => Architecture,
): PublishedNetwork {
  const { inputShape, classes } = entry;
  return { ...entry, build: (size = {}) => build({ inputShape, classes, ...size }) };
}
