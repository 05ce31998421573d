import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, expectedRoute, fullRoute } from "../../src/networks";
import { cellOptions, routeWithout, withoutBlocks } from "../../src/routes";
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
