/** Seconds from the start of an experiment's worker to the end of a first and only training step, in an empty folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import blockDeletion from "../../experiments/block-deletion";
import { projectRoot } from "../../src/base";
import { resolveParameters } from "../../src/experiment";
import { allowedCores, startWorker, tasksetPath } from "../../src/run";
import { serve } from "./serve";

serve(({ variant: experiment }) => {
  const overrides = { steps: "1" }; // progress is told of every twentieth step, and of the last
  const { values } = resolveParameters(blockDeletion.parameters, { scale: "smoke", data: "mnist", overrides });
  const [cell] = blockDeletion.cells(values);
  if (cell === undefined) throw new Error(`${experiment} has no cells`);
  const core = tasksetPath() === null ? null : (allowedCores()[0] ?? null);
  return {
    facts: { version: `Node ${process.versions.node}` },
    async run() {
      const folder = mkdtempSync(path.join(tmpdir(), "cell-start-"));
      const start = performance.now();
      const worker = await startWorker({
        assignment: {
          experimentFile: path.join(projectRoot, "experiments", `${experiment}${path.extname(__filename)}`),
          ...{ parameters: values, data: "mnist", dataFolder: null, dataChecksum: null },
          ...{ backend: "tensorflow", threads: 1, modelCode: "code", modelsFolder: path.join(folder, "models") },
        },
        placement: { threads: 1, core },
        logFile: path.join(folder, "log"),
      });
      try {
        return await new Promise<number>((resolve, reject) => {
          const ended = worker.measure(cell, ({ phase, done }) => {
            if (phase.startsWith("training") && done > 0) resolve((performance.now() - start) / 1000);
          });
          void ended.then((outcome) => reject(new Error(`the cell trained nothing: ${outcome.type}`)));
        });
      } finally {
        worker.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
});
