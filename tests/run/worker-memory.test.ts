/** Memory of a worker over many cells: each gives back what it took. CELLS says over how many (60). */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import { startWorker } from "../../src/run/worker-pool";
import { median } from "../../src/statistics";
import networks from "../fixtures/networks";

const cells = Number(process.env.CELLS ?? 60);
const folder = mkdtempSync(path.join(os.tmpdir(), "worker-memory-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test(`${cells} cells in one worker, each with a network of its own, leave no tensor behind and take no more memory than a few`, async () => {
  const { values } = resolveParameters(networks.parameters, { scale: "smoke", data: "mnist", overrides: {} });
  const worker = await startWorker({
    assignment: {
      ...{ experimentFile: require.resolve("../fixtures/networks"), parameters: values, data: "mnist" },
      ...{ dataFolder: null, dataChecksum: null, backend: "tensorflow", threads: 1, modelCode: "code" },
      modelsFolder: path.join(folder, "models"),
    },
    placement: { threads: 1, core: null },
    logFile: path.join(folder, "log"),
  });
  const megabytes: number[] = [];
  const weights = new Set<unknown>();
  try {
    for (let seed = 1; seed <= cells; seed++) {
      const outcome = await worker.measure({ seed }, () => {});
      assert.is(outcome.type, "measured", JSON.stringify(outcome));
      if (outcome.type !== "measured") return;
      assert.is(outcome.rows[0]!.tensors, 0, `seed ${seed}`);
      weights.add(outcome.rows[0]!.weights);
      megabytes.push(outcome.memory / 2 ** 20);
    }
  } finally {
    await worker.leave();
  }
  assert.is(weights.size, cells); // each was a network of its own
  // A leak grows with every cell, so from each fifth of them to the next. The rest (Node's heap, the allocator's arenas, a cell's
  // images) rises by two or three steps of some 25 MiB, mostly at first, or comes and goes, which the least of a fifth leaves out.
  const fifths = [0.2, 0.4, 0.6, 0.8].map((from) => Math.min(...megabytes.slice(from * cells, (from + 0.2) * cells)));
  const growths = fifths.slice(1).map((least, i) => (least - fifths[i]!) / (cells / 5));
  const counted = `MiB after each cell: ${megabytes.map(Math.round).join(", ")}; growth a cell: ${growths.join(", ")}`;
  assert.ok(median(growths) < 1.5, counted);
  if (process.env.CELLS) console.log(counted);
});

test.run();
