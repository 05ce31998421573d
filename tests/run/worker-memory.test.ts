/** Memory of a worker over many cells: each gives back what it took. CELLS says over how many (40). */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import { startWorker } from "../../src/run/worker-pool";
import networks from "../fixtures/networks";

const cells = Number(process.env.CELLS ?? 40);
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
  // A leak grows with every cell. The rest (Node's heap, the allocator's arenas, a cell's images) fills up within the first cells or
  // comes and goes: between the same cells of different runs it differs by up to 60 MiB, its least over a quarter of them by a few.
  const counted = `MiB after each cell: ${megabytes.map(Math.round).join(", ")}`;
  const least = (from: number, to: number) => Math.min(...megabytes.slice(from * cells, to * cells));
  assert.ok((least(0.75, 1) - least(0.25, 0.5)) / (cells / 2) < 2, counted);
  if (process.env.CELLS) console.log(counted);
});

test.run();
