import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ImageSet } from "../../src/data";
import { buildByName, expectedRoute, fullRoute } from "../../src/networks";
import { randomStream } from "../../src/random";
import { cellOptions, linearBlockDifference, routeWithout, withoutBlocks } from "../../src/routes";
import { tf } from "../../src/runtime";
import { law } from "../property";

const architecture = buildByName("resnet20", { inputShape: [8, 8, 1], classes: 3, width: 4 });
const blocks = [...architecture.blocks.keys()];

law(
  "deleted blocks leave their skips alone, the others stay as they are, scaled or not",
  [fc.subarray(blocks)],
  (deleted) => {
    const scaled = expectedRoute(architecture, { kind: "few blocks", count: 4 });
    for (const route of [scaled, fullRoute(architecture)]) {
      withoutBlocks(route, deleted).forEach((step, block) => {
        assert.equal(step, deleted.includes(block) ? { block, branch: "skip" } : route[block]);
      });
    }
    assert.equal(routeWithout(architecture, deleted), withoutBlocks(fullRoute(architecture), deleted));
  },
);

law(
  "in a network of one linear block scaling gives the expectation, up to the rounding of single precision",
  [fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom("resnet20", "preactivation-resnet8")],
  (seed, probability, name) => {
    const stream = randomStream(seed, "pictures");
    const images: ImageSet = {
      images: Uint8Array.from({ length: 2 * 64 }, () => stream.integer(256)),
      ...{ labels: Uint8Array.of(0, 1), count: 2, height: 8, width: 8, channels: 1 },
    };
    const of = { architecture: buildByName(name, { inputShape: [8, 8, 1], classes: 3, width: 4 }) };
    const before = tf.memory().numTensors;
    const channelStatistics = { mean: [128], standardDeviation: [64] };
    const difference = linearBlockDifference(of, seed, probability, { images, channelStatistics });
    assert.ok(difference < 1e-5, `${difference}`);
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 10 },
);

test("a cell's options tell its phase, and heed its signal", () => {
  const told: unknown[] = [];
  const { signal } = new AbortController();
  const channelStatistics = { mean: [0], standardDeviation: [1] };
  const options = cellOptions(
    { signal, progress: (report) => told.push(report) },
    channelStatistics,
    "resnet20: testing",
  );
  options.onProgress(250, 1000);
  assert.equal(told, [{ phase: "resnet20: testing", done: 250, total: 1000 }]);
  assert.is(options.signal, signal);
  assert.is(options.channelStatistics, channelStatistics);
});

test.run();
