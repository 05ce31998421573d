/**
 * What sources take for granted of the networks that they speak of. Where a run's networks are in another state, its verdict on
 * a claim is "not testable here". Fixed before any run, as the rules are.
 */

/** A state in which a source's networks are. */
export interface Precondition {
  /** What has to be so, as a quantity with its border: it holds at the border, too. */
  readonly quantity: string;
  readonly border: number;
  readonly side: "at most" | "at least";
  readonly unit: string;
  /** The figure that shows how it is, as a clause. */
  readonly shown: (figure: string) => string;
  /** What would get there. */
  readonly remedy: "train longer" | "train longer, or on fewer images" | "take more points" | "give a trained network";
}

/** Half of the error (%) of guessing among ten classes, which the project's data sets have; the same for networks that tell others apart. */
const halfOfChance = 45;

/** Every precondition, by the name under which claims list it. Each has to hold in every seed. */
export const preconditions = {
  "half of chance": {
    quantity: "test error of the intact network",
    ...{ border: halfOfChance, side: "at most", unit: "%", remedy: "train longer" },
    shown: (figure) => `the intact network errs on ${figure} of its test images`,
  },
  "trained as in the sources": {
    quantity: "test error of the intact residual network",
    ...{ border: 15, side: "at most", unit: "%", remedy: "train longer" },
    shown: (figure) => `the intact residual network errs on ${figure} of its test images`,
  },
  "trained to the end": {
    quantity: "training error, without augmentation, of the network that is trained in full",
    ...{ border: 1, side: "at most", unit: "%", remedy: "train longer, or on fewer images" },
    shown: (figure) => `the network that is trained in full errs on ${figure} of its training images`,
  },
  "shallower plain net trains": {
    quantity: "training error of the shallower plain network",
    ...{ border: 10, side: "at most", unit: "%", remedy: "train longer" },
    shown: (figure) => `the shallower plain network errs on ${figure} of its training images`,
  },
  "gradient at three lengths": {
    quantity: "path lengths with a gradient that is not zero",
    ...{ border: 3, side: "at least", unit: "", remedy: "give a trained network" },
    shown: (figure) => `the number of path lengths with a gradient that is not zero is ${figure}`,
  },
  "three points": {
    quantity: "distinct points that a fit or correlation goes through",
    ...{ border: 3, side: "at least", unit: "", remedy: "take more points" },
    shown: (figure) => `the number of distinct points that a fit or correlation goes through is ${figure}`,
  },
} as const satisfies Record<string, Precondition>;

export type PreconditionName = keyof typeof preconditions;
