/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import pathCounts from "../../experiments/path-counts";
import type { ParameterValues } from "../../src/experiment";
import { randomStream } from "../../src/random";
import { readCsv } from "../../src/report";
import { binomialCoefficient } from "../../src/statistics";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "path-counts-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof pathCounts.verdicts>[0];
type Result = Rows[number];
const params = { sampledPaths: 2000 } as ParameterValues<typeof pathCounts.parameters>;

const nothing = { deleted_block: null, path_length: null, sampled_paths: null, relative_difference: null };

/** Networks of one to three blocks, whole and with each block deleted, as they are if E5 holds. */
function sumRows(seed: number): Result[] {
  const relative_difference = seed * 1e-7;
  return [1, 2, 3].flatMap((blocks) =>
    Array.from({ length: blocks + 1 }, (_, deleted) => ({
      ...{ ...nothing, seed, measurement: "sum of paths", network: `linear-resnet${blocks + 2}`, blocks },
      ...{ deleted_block: deleted || null, paths: 2 ** (deleted ? blocks - 1 : blocks), relative_difference },
    })),
  );
}

/** Lengths drawn by so many throws of a coin with a bias. */
function lengthRows(seed: number, bias = 0.5): Result[] {
  const drawn = Array.from({ length: 55 }, () => 0);
  const stream = randomStream(seed, "coin");
  for (let path = 0; path < params.sampledPaths; path++) {
    drawn[Array.from({ length: 54 }, () => stream.uniform() < bias).filter(Boolean).length]! += 1;
  }
  return drawn.map((sampled_paths, path_length) => ({
    ...{ ...nothing, seed, measurement: "length of paths", network: "preactivation-resnet110", blocks: 54 },
    ...{ path_length, paths: Number(binomialCoefficient(54, path_length)), sampled_paths },
  }));
}

function rowsOf(seeds = 5, bias?: number): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) => [
    ...sumRows(seed),
    ...lengthRows(seed, bias),
  ]);
}

const verdicts = (rows: Rows) => pathCounts.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]);

test("sums that agree and counts that double, and a fair coin's lengths, reproduce both claims; one seed will do", () => {
  for (const seeds of [1, 5]) {
    assert.equal(verdicts(rowsOf(seeds)), [
      ["E5", "reproduced"],
      ["E6", "reproduced"],
    ]);
  }
  const [e5, e6] = pathCounts.verdicts(rowsOf(), params);
  assert.ok(Math.abs(e5!.effect!.estimate - 3e-7) < 1e-12); // the mean over seeds 1 to 5
  assert.ok(Math.abs(e6!.effect!.estimate - 98.02) < 0.005);
});

test("a sum that misses the output, or a count that is not doubled or halved, is seen by E5", () => {
  const spoilt = (
    which: (row: Result) => boolean,
    change: Pick<Result, "paths"> | Pick<Result, "relative_difference">,
  ) => verdicts(rowsOf().map((row) => (which(row) ? { ...row, ...change } : row)))[0]![1];
  const third = ({ seed, blocks }: Result) => seed === 3 && blocks === 3;
  assert.is(
    spoilt((row) => third(row) && row.deleted_block === null, { relative_difference: 2e-5 }),
    "partly",
  );
  assert.is(
    spoilt((row) => third(row) && row.deleted_block === null, { paths: 7 }),
    "partly",
  );
  assert.is(
    spoilt((row) => third(row) && row.deleted_block === 2, { paths: 8 }),
    "partly",
  );
  assert.is(
    spoilt((row) => row.measurement === "sum of paths", { paths: 3, relative_difference: 1 }),
    "not reproduced",
  );
});

test("a coin that is not fair is seen by E6, though it cannot change the share of all paths", () => {
  assert.equal(verdicts(rowsOf(5, 0.52))[1], ["E6", "partly"]);
});

test("the figures show doubling, the differences, and the lengths with the source's interval", () => {
  const [doubling, differences, lengths] = pathCounts.figures(rowsOf(), params);
  const [whole, lesioned] = doubling!.series!;
  assert.equal(
    whole!.points.map(({ x, y }) => [x, y]),
    [
      [1, 2],
      [2, 4],
      [3, 8],
    ],
  );
  assert.equal(
    lesioned!.points.map(({ y }) => y),
    [1, 2, 4],
  );
  assert.equal(differences!.references, [{ y: 1e-5, label: "rule of E5" }]);
  const [exact, drawn] = lengths!.series!;
  assert.is(exact!.points.length, 55);
  assert.ok(Math.abs(exact!.points[27]!.y - 10.81) < 0.01); // C(54, 27) / 2^54
  assert.ok(Math.abs(drawn!.points[27]!.y - 10.81) < 1.5);
  assert.match(lengths!.caption, /19 to 35 blocks long: 98 % are.* 96 % are 20 to 34/);
});

test("a run sums the paths of every network and deletion, draws lengths, and needs no data", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = ["-r", "./src/cli/register.cjs", "experiments/path-counts.ts", "--scale", "smoke", "--workers", "1"];
  const settings = ["--set", "mostBlocks=4", "--set", "seeds=1"];
  const { status, stderr } = spawnSync(process.execPath, [...program, ...settings, ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("path-counts"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.is(of("sum of paths").length, 2 + 3 + 4 + 5);
  assert.is(of("length of paths").length, 55);
  const drawn = of("length of paths").reduce((sum, row) => sum + Number(row.sampled_paths), 0);
  assert.is(drawn, 1000);
  const claims = await readCsv(join(folder, "results", name!, "claims.csv"));
  assert.equal(
    claims.map(({ claim, verdict }) => [claim, verdict]),
    [
      ["E5", "reproduced"],
      ["E6", "reproduced"],
    ],
  );
  const [report] = readdirSync(join(folder, "reports")).filter((entry) => entry.startsWith("path-counts"));
  assert.ok(readFileSync(join(folder, "reports", report!), "utf8").includes("paths-by-length"));
});

test.run();
