/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import residualSum from "../../experiments/residual-sum";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "residual-sum-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof residualSum.verdicts>[0];
const params = { residual: "preactivation-resnet8" } as ParameterValues<typeof residualSum.parameters>;

const rowsWith = (differences: readonly number[]): Rows =>
  differences.map((relative_difference, i) => ({
    ...{ seed: 1, network: params.residual, blocks: i + 1, block: `stage${i + 1}/block1` },
    ...{ relative_difference, images: 100 },
  }));

test("differences of rounding reproduce C6, and one block that does not add up is enough against it", () => {
  const [holds] = residualSum.verdicts(rowsWith([1e-7, 3e-7, 2e-7]), params);
  assert.equal([holds!.claim.id, holds!.verdict, holds!.effect!.estimate], ["C6", "reproduced", 3e-7]);
  const [fails] = residualSum.verdicts(rowsWith([1e-7, 2e-5, 1e-7]), params);
  assert.is(fails!.verdict, "not reproduced");
});

test("the figure has a point for each block, but none where the sum is exact, and the threshold", () => {
  const [figure] = residualSum.figures(rowsWith([0, 3e-7, 2e-7]), params);
  assert.equal(
    figure!.series![0]!.points.map(({ x, y }) => [x, y]),
    [
      [2, 3e-7],
      [3, 2e-7],
    ],
  );
  assert.equal(figure!.references, [{ y: 1e-5, label: "threshold of C6" }]);
});

test("a run adds up a trained network's blocks, one row each, and finds the difference of rounding", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = ["-r", "./src/cli/register.cjs", "experiments/residual-sum.ts", "--scale", "smoke", "--workers", "1"];
  const options = { cwd: root, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(process.execPath, [...program, ...folders, "--set", "steps=2"], options);
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("residual-sum"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  assert.equal(
    rows.map(({ block }) => block),
    ["stage1/block1", "stage2/block1", "stage3/block1"],
  );
  const [claim] = await readCsv(join(folder, "results", name!, "claims.csv"));
  assert.equal([claim!.claim, claim!.verdict], ["C6", "reproduced"]);
});

test.run();
