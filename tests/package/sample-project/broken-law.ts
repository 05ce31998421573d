/** A law that is broken on purpose, to see what is said: no normalisation, and kernels ten times as large as they should be. */
import { test } from "node:test";
import { checkArchitecture, convolution, dense, type Family, globalAveragePool, plainBlock, relu } from "cnn-findings";

const exploding: Family = {
  prefix: "exploding",
  description: "plain network whose gradients explode",
  exampleDepths: [6, 10],
  build: ({ depth, inputShape, classes, width = 8 }) => ({
    name: `exploding${depth}`,
    inputShape,
    classes,
    stem: [],
    blocks: Array.from({ length: depth - 1 }, (_, i) =>
      plainBlock(`block${i + 1}`, [convolution(`block${i + 1}/convolution`, { filters: width, gain: 200 }), relu]),
    ),
    head: [globalAveragePool, dense("head/classifier", classes)],
  }),
};

test("gradients of the exploding network stay within bounds", () =>
  checkArchitecture(exploding, { laws: ["gradient-norms"], seed: 2026, secondsAtMost: 200 }));
