/** A training small enough for tests: images of 8x8 pixels whose brighter half tells their class. */
import type { Dataset, ImageSet } from "../../src/data";
import { buildByName } from "../../src/networks";
import { randomStream } from "../../src/random";
import type { TrainingPlan } from "../../src/training";

const side = 8;

/** Noise, with the upper (class 0) or lower (class 1) half brighter. */
export function toyImages(count: number, seed: number): ImageSet {
  const stream = randomStream(seed, "toy pictures");
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const images = new Uint8Array(count * side * side);
  images.forEach((_, at) => {
    const image = Math.floor(at / side ** 2);
    const upper = at % side ** 2 < side ** 2 / 2;
    images[at] = stream.integer(128) + (upper === (labels[image] === 0) ? 100 : 0);
  });
  return { images, labels, count, height: side, width: side, channels: 1 };
}

export const toyData: Dataset = {
  name: "mnist",
  classes: ["up", "down"],
  training: toyImages(200, 1),
  test: toyImages(50, 2),
  checksum: "toy",
  origin: "made by the test",
};

/** 200 steps of 16 images with shifts: more than an epoch, several checkpoints. */
export const toyPlan: TrainingPlan = {
  architecture: buildByName("resnet8", { inputShape: [side, side, 1], classes: 2, width: 2 }),
  seed: 3,
  steps: 200,
  batchSize: 16,
  schedule: { kind: "one cycle", peak: 0.05, rise: 0.3 },
  momentum: 0.9,
  nesterov: true,
  weightDecay: 1e-3,
  labelSmoothing: 0.1,
  augmentation: { padding: 1, flip: true },
  routes: null,
  recompute: false,
  images: { meanPool: 1, validation: 40 },
};
