/** Each law can fail: a network or a way of running that breaks it is found, made small, shown, and found again. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type BrokenLaw,
  type CheckOptions,
  checkArchitecture,
  deletionKeepsShapes,
  equalSeedsEqualOutputs,
  finiteAtInitialisation,
  generatedArchitectures,
  gradientNormsWithinBounds,
  independentOfBatch,
  type LawName,
  lawNames,
  mapsMoveWithImage,
  type Subject,
  shapesFollowFormula,
} from "../../src/laws";
import { type Tensor, tf } from "../../src/runtime";
import {
  brokenBy,
  byBatchStatistics,
  deafToRoutes,
  misfitFamily,
  noisy,
  numbering,
  oneClassShort,
  plainNetwork,
  scaled,
  skewed,
  sound,
  withEnvironment,
} from "./broken";

interface Breach {
  readonly title: string;
  readonly law: LawName;
  /** A subject anew for every try, as one of them counts. */
  readonly subject: () => Subject;
  readonly options?: CheckOptions;
  /** The law's own function. */
  readonly alone: (subject: Subject, options: CheckOptions) => Promise<void>;
  /** Lines of the message, or parts of them. */
  readonly says: readonly (string | RegExp)[];
}

const breaches: readonly Breach[] = [
  {
    title: "a shortcut that rounds odd sides otherwise than its residual branch",
    law: "shapes",
    subject: () => misfitFamily,
    alone: shapesFollowFormula,
    says: [
      /misfit4: images of (8x9|9x8)x1, 2 classes$/m,
      /^ +halving +residual +convolution 3x3 to 1, stride 2, padding 1 -> (4x5|5x4)x1$/m,
      /^ +shortcut +average pool 2x2, stride 2, no padding -> 4x4x1$/m,
      /^ +join +relu$/m,
      /^ +head +global average pool > dense to 2$/m,
      /RangeError: halving: the residual branch gives \[\d,\d,1\], the shortcut \[\d,\d,1\]$/m,
    ],
  },
  {
    title: "a builder that ignores what it is asked for",
    law: "shapes",
    subject: () =>
      function stubborn() {
        return sound({ inputShape: [9, 9, 1], classes: 4 });
      },
    alone: shapesFollowFormula,
    says: [
      "a network that cannot be built: images of 8x8x1, 2 classes",
      "it was asked for images of 8x8x1, 2 classes, but what is built takes images of 9x9x1, 4 classes",
    ],
  },
  {
    title: "an inference that forgets a class",
    law: "shapes",
    subject: () => sound,
    options: { run: oneClassShort },
    alone: shapesFollowFormula,
    says: ["logits of inference: the shape is 1x1, and should be 1x2"],
  },
  {
    title: "an inference that takes no notice of routes",
    law: "deletion",
    subject: () => sound,
    options: { run: deafToRoutes },
    alone: deletionKeepsShapes,
    says: [
      "route: all blocks in order, but block1: skip",
      /the logits differ from those of the network built without it by [\d.e-]+ of the largest, allowed 0.0001/,
    ],
  },
  {
    title: "normalisation by the mini-batch at inference",
    law: "batch-independence",
    subject: () => sound,
    options: { run: byBatchStatistics },
    alone: independentOfBatch,
    says: [
      /^ +2 images, normal deviates of seed \d+$/m,
      /image \d of 2: alone and in the batch its logits differ by/,
      "route: all blocks in order",
    ],
  },
  {
    title: "branches of different strides",
    law: "translation",
    subject: () => skewed,
    options: { sides: [8] },
    alone: mapsMoveWithImage,
    says: ["block1 joins a branch of total stride 2 with one of 1: no shift of the image moves both alike"],
  },
  {
    title: "exploding initialisation",
    law: "finite",
    subject: () => plainNetwork(1e20),
    alone: finiteAtInitialisation,
    says: [
      /^ +plain-gain-100000000000000000000: images of 6x6x2, 3 classes$/m,
      /^ +block1 +convolution 3x3 to 8, padding 1, gain 100000000000000000000 > relu -> 6x6x8$/m,
      /^ +and alike: 5 more up to block6$/m,
      "logits of the head are not finite",
    ],
  },
  {
    title: "gradients that explode with depth",
    law: "gradient-norms",
    subject: () => plainNetwork(100),
    alone: gradientNormsWithinBounds,
    says: [
      /into block[12], [56] blocks before the head, the norm is [\d.e]+ times that at the last boundary, allowed \[0.001, 1000\]/,
    ],
  },
  {
    title: "gradients that vanish with depth",
    law: "gradient-norms",
    subject: () => plainNetwork(0.05),
    options: { gradientNorms: [0.01, 100] },
    alone: gradientNormsWithinBounds,
    says: [/the norm is [\d.e-]+ times that at the last boundary, allowed \[0.01, 100\]/],
  },
  {
    title: "weights of zero, which let no gradient through",
    law: "gradient-norms",
    subject: () => plainNetwork(0),
    alone: gradientNormsWithinBounds,
    says: [/RangeError: .*got 0/],
  },
  {
    title: "a builder that never builds the same again",
    law: "seeds",
    subject: numbering,
    alone: equalSeedsEqualOutputs,
    says: ["built a second time from the same, the architecture is another"],
  },
  {
    title: "an inference with noise of no seed",
    law: "seeds",
    subject: () => sound,
    options: { run: noisy },
    alone: equalSeedsEqualOutputs,
    says: ["the logits differ between equal seeds"],
  },
];

for (const { title, law, subject, options = {}, alone, says } of breaches) {
  const check = (more: CheckOptions) =>
    brokenBy(checkArchitecture(subject(), { runs: 40, ...options, laws: [law], ...more }));

  test(`law "${law}" is broken by ${title}`, () =>
    withEnvironment({}, async () => {
      const before = tf.memory().numTensors;
      const broken = await check({ seed: 5 });
      assert.is(tf.memory().numTensors, before, "tensors were left behind");
      assert.is(broken.law, law);
      assert.is(broken.seed, 5);
      for (const line of [`breaks the law "${law}":`, "Seed 5, path ", ...says]) assert.match(broken.message, line);
      assert.not.match(broken.message + broken.stack, "fast-check");
      assert.not.match(broken.message, '{"');
      assert.is((await brokenBy(alone(subject(), { runs: 40, ...options, seed: 5 }))).message, broken.message);
    }));

  test(`what breaks "${law}" by ${title} is found again by seed and path, in options and environment`, () =>
    withEnvironment({}, async () => {
      const broken = await check({ seed: 11 });
      const again = await check({ seed: 11, path: broken.path! });
      assert.match(again.message, "Found at case 1, made smaller in 0 steps");
      assert.is(told(again), told(broken));
      const [, FC_SEED, FC_PATH, FC_PROPERTY] = /^ {4}FC_SEED=(\d+) FC_PATH='(.*)' FC_PROPERTY='(.*)'$/m.exec(
        broken.message,
      )!;
      const variables = { FC_SEED: FC_SEED!, FC_PATH: FC_PATH!, FC_PROPERTY: FC_PROPERTY! };
      const replayed = await withEnvironment(variables, () => check({}));
      assert.match(replayed.message, "Found at case 1, made smaller in 0 steps");
      assert.is(told(replayed), told(broken));
    }));
}

/** A message without the part that says how long it took to find. */
function told({ message }: BrokenLaw): string {
  return message.replace(/^Found at .*$/m, "");
}

test("the engine itself is under the law of translation: a scaling that depends on the place breaks it", () =>
  withEnvironment({}, async () => {
    const { mul } = tf;
    const ramp = (x: Tensor, factor: number): Tensor => {
      const [, , width] = x.shape;
      return mul(mul(x, factor), tf.reshape(tf.range(1, 1 + width!), [1, 1, width!, 1]));
    };
    await checkArchitecture(scaled, { laws: ["translation"], seed: 1 });
    Object.assign(tf, { mul: ramp });
    try {
      const { message } = await brokenBy(checkArchitecture(scaled, { laws: ["translation"], seed: 1 }));
      assert.match(
        message,
        /out of block1: the image moves by 0 pixels down and 2 to the right, the map by 0 and 1 places/,
      );
    } finally {
      Object.assign(tf, { mul });
    }
  }));

test("a sound function and a sound architecture keep all laws, and leave no tensor", async () => {
  const before = tf.memory().numTensors;
  await checkArchitecture(sound, { runs: 8 });
  await checkArchitecture(sound({ inputShape: [7, 10, 2], classes: 3 }), { runs: 5 });
  assert.is(tf.memory().numTensors, before);
});

test("networks of all kinds of layers keep the laws, drawn by an arbitrary", async () => {
  const laws = lawNames.filter((name) => name !== "snapshot" && name !== "gradient-norms"); // a dead ReLU has no gradient
  await checkArchitecture(generatedArchitectures(), { laws, runs: 25 });
});

test("a law that holds says nothing under any seed, and a subject may be several", async () => {
  await checkArchitecture([sound, sound({ inputShape: [6, 6, 1], classes: 2 })], { laws: ["deletion"], runs: 6 });
});

test.run();
