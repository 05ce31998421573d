/** The experiment block-deletion as a person runs it, in an empty folder: nothing trained before is found. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { projectRoot } from "../../src/base";
import { type CsvRow, parseCsv } from "../../src/report";
import { execute } from "../../src/runtime";
import { mean } from "../../src/statistics";
import { serve } from "./serve";

const protocolSchema = z.object({ scale: z.string(), seeds: z.number(), residual: z.string() });

serve(({ protocol, precision }) => {
  const { scale, seeds, residual } = protocolSchema.parse(protocol);
  return {
    facts: { version: `Node ${process.versions.node}` },
    async run() {
      const folder = mkdtempSync(path.join(tmpdir(), "block-deletion-"));
      try {
        const given = ["--scale", scale, "--seeds", String(seeds), "--results", `${folder}/results`, "--quiet"];
        if (precision !== "float32") given.push("--precision", precision);
        const start = performance.now();
        const { status, stderr } = await execute(
          "npm",
          ["run", "--silent", "block-deletion", "--", ...given, "--reports", `${folder}/reports`],
          { cwd: projectRoot },
        );
        const measured = (performance.now() - start) / 1000;
        if (status !== 0) throw new Error(stderr);
        const rows = rowsOf(path.join(folder, "results"));
        const intact = rows.filter(({ network, measurement }) => network === residual && measurement === "intact");
        const error = mean(intact.map((row) => Number(row.error_percent)));
        return { measured, note: `error of ${residual}: ${error.toFixed(2)} %; ${rows.length} evaluations` };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
});

/** The rows of the one run in a folder of results. */
function rowsOf(results: string): CsvRow[] {
  const run = readdirSync(results).find((name) => name.startsWith("block-deletion"));
  if (run === undefined) throw new Error("the experiment left no results");
  return parseCsv(readFileSync(path.join(results, run, "rows.csv"), "utf8"));
}
