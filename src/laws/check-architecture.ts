import { independentOfBatch } from "./batch-law";
import { deletionKeepsShapes } from "./deletion-law";
import { finiteAtInitialisation, type GradientLawOptions, gradientNormsWithinBounds } from "./initialisation-laws";
import { equalSeedsEqualOutputs } from "./seed-law";
import { shapesFollowFormula } from "./shape-law";
import { countsEqualSnapshot, type SnapshotOptions } from "./snapshot-law";
import type { Subject } from "./subject";
import { mapsMoveWithImage } from "./translation-law";

/** Names of the laws, in the order in which they are tried. */
export const lawNames = [
  "snapshot",
  "shapes",
  "seeds",
  "deletion",
  "batch-independence",
  "translation",
  "finite",
  "gradient-norms",
] as const;

/** One of `lawNames`. */
export type LawName = (typeof lawNames)[number];

/** Which laws, tried how, on which members. */
export interface CheckOptions extends GradientLawOptions, Partial<SnapshotOptions> {
  /** Which laws; all by default, but "snapshot" only with a file. */
  readonly laws?: readonly LawName[];
}

/**
 * Puts an architecture, or a family, under the laws that the networks of this project keep. It is a plain function that
 * throws: for a test of any runner.
 *
 * | law                | what holds                                                                                       |
 * |--------------------|--------------------------------------------------------------------------------------------------|
 * | snapshot           | parameters and multiply-accumulates equal a committed file                                       |
 * | shapes             | on images of any size real shapes follow (I - F + P) / S + 1                                   |
 * | seeds              | equal seeds give equal networks and logits, bit for bit                                          |
 * | deletion           | deleting a block that keeps its shape keeps every shape, and is the network built without it     |
 * | batch-independence | at inference an image's logits do not depend on those beside it                                 |
 * | translation        | feature maps move with the image, by their stride, away from the edge                          |
 * | finite             | logits and gradients are finite at initialisation, and every trainable parameter has one         |
 * | gradient-norms     | at initialisation gradient norms at the boundaries between blocks lie within bounds                 |
 *
 * Each is a function of its own, too, with what it states precisely. The first that breaks ends the check.
 *
 * @throws BrokenLaw with the law in words, the smallest failing network as blocks, seed and path, and how to replay it
 * @throws RangeError when an option is none: a path without the one law and the seed that it belongs to, for one
 * @example test("mine keeps the laws", () => checkArchitecture(buildMine, { sides: [8, 12, 16], runs: 10 }));
 */
export async function checkArchitecture(subject: Subject, options: CheckOptions = {}): Promise<void> {
  const { laws, snapshot, path } = options;
  const unknown = laws?.find((name) => !lawNames.includes(name));
  if (unknown !== undefined) throw new RangeError(`there is no law "${unknown}"; there are ${lawNames.join(", ")}`);
  if (path !== undefined && laws?.length !== 1) throw new RangeError("a path belongs to one law: name it in `laws`");
  if (laws?.includes("snapshot") && snapshot === undefined) throw new RangeError('the law "snapshot" needs a file');
  for (const name of lawNames) {
    if (laws === undefined ? name !== "snapshot" || snapshot !== undefined : laws.includes(name)) {
      await checks[name](subject, options);
    }
  }
}

type Check = (subject: Subject, options: CheckOptions) => Promise<void>;

const checks: { readonly [Name in LawName]: Check } = {
  snapshot: (subject, options) => countsEqualSnapshot(subject, { ...options, snapshot: options.snapshot! }),
  shapes: shapesFollowFormula,
  seeds: equalSeedsEqualOutputs,
  deletion: deletionKeepsShapes,
  "batch-independence": independentOfBatch,
  translation: mapsMoveWithImage,
  finite: finiteAtInitialisation,
  "gradient-norms": gradientNormsWithinBounds,
};
