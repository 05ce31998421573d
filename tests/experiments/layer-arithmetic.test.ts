/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import arithmetic from "../../experiments/layer-arithmetic";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "layer-arithmetic-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof arithmetic.verdicts>[0];
type Result = Rows[number];
const params = {} as ParameterValues<typeof arithmetic.parameters>;

const nothing = {
  ...{ input_pixels: null, window_pixels: null, padding_pixels: null, stride: null, formula_pixels: null },
  ...{ output_pixels: null, weights: null, multiply_accumulates: null, pass: null, pass_seconds: null },
  ...{ relative_difference: null, field_height_pixels: null, field_width_pixels: null, field_pixels: null },
};

const kernels: Record<string, [side: number, weights: number]> = {
  "5x5": [5, 25],
  "two 3x3": [5, 18],
  "7x7": [7, 49],
  "three 3x3": [7, 27],
  "1x7, then 7x1": [7, 14],
  "3x3": [3, 9],
  "1x3, then 3x1": [3, 6],
  "two 2x2": [3, 8],
};

/** Rows as measured if all four claims hold. The bottleneck takes a second, the convolution 4 to 6 s, by seed. */
function rowsOf(seeds = 5, change: (row: Result) => Partial<Result> = () => ({})): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1)
    .flatMap((seed): Result[] => {
      const size = (input: number, output: number) => ({
        ...{ ...nothing, seed, measurement: "output size" as const, layers: "convolution", input_pixels: input },
        ...{
          window_pixels: 3,
          padding_pixels: 2,
          stride: 2,
          formula_pixels: (input - 1) / 2 + 1,
          output_pixels: output,
        },
      });
      const weights = (layers: string, many: number) => ({
        ...{
          ...nothing,
          seed,
          measurement: "weights" as const,
          layers,
          weights: many,
          multiply_accumulates: 49 * many,
        },
      });
      const timed = (layers: string, pass: number, pass_seconds: number) => ({
        ...{ ...nothing, seed, measurement: "time" as const, layers, pass, pass_seconds },
      });
      return [
        size(7, 4),
        size(8, 4),
        weights("3x3", 589_824),
        weights("bottleneck/reduce", 16_384),
        weights("bottleneck/convolution", 36_864),
        weights("bottleneck/expand", 16_384),
        ...[1, 2, 3].flatMap((pass) => [timed("3x3", pass, 3.5 + 0.5 * seed), timed("bottleneck", pass, 1)]),
        {
          ...{ ...nothing, seed, measurement: "perceptron at each pixel", layers: "3 to 4 channels", weights: 12 },
          relative_difference: seed * 1e-7,
        },
        ...Object.entries(kernels).map(([layers, [side, many]]) => ({
          ...{ ...nothing, seed, measurement: "receptive field" as const, layers, weights: 16 * many },
          ...{ field_height_pixels: side, field_width_pixels: side, field_pixels: side ** 2 },
        })),
      ];
    })
    .map((row) => ({ ...row, ...change(row) }) as Result);
}

const verdicts = (rows: Rows) =>
  Object.fromEntries(arithmetic.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("layers that keep to the arithmetic reproduce all claims; a time needs five seeds, an identity one", () => {
  const [a1, a4, a5, a6] = ["reproduced", "reproduced", "reproduced", "reproduced"];
  assert.equal(verdicts(rowsOf()), { A1: a1, A4: a4, A5: a5, A6: a6 });
  assert.equal(verdicts(rowsOf(1)), { A1: a1, A4: "inconclusive", A5: a5, A6: a6 });
  const [, bottleneck, , stacks] = arithmetic.verdicts(rowsOf(), params);
  assert.ok(Math.abs(bottleneck!.effect!.estimate - 5) < 1e-9); // the mean of 4, 4.5, ... 6
  assert.match(bottleneck!.conditions.at(-1)!.text, /8\.47 times fewer; measured 5 times faster/);
  assert.ok(Math.abs(stacks!.effect!.estimate - 28) < 1e-9);
});

test("one layer of another side is seen by A1, whether the division is exact or not", () => {
  const spoilt = (input: number) =>
    verdicts(rowsOf(5, (row) => (row.seed === 3 && row.input_pixels === input ? { output_pixels: 5 } : {}))).A1;
  assert.is(spoilt(7), "not reproduced");
  assert.is(spoilt(8), "partly"); // where the division is exact, all is right
});

test("a weight too many, a difference above rounding and a smaller field are seen", () => {
  assert.is(verdicts(rowsOf(5, (row) => (row.layers === "bottleneck/reduce" ? { weights: 16_448 } : {}))).A4, "partly");
  assert.is(
    verdicts(rowsOf(5, (row) => (row.relative_difference === 3e-7 ? { relative_difference: 1.1e-5 } : {}))).A5,
    "not reproduced",
  );
  const third = ({ seed, layers }: Result) => seed === 3 && layers === "three 3x3";
  assert.is(verdicts(rowsOf(5, (row) => (third(row) ? { field_width_pixels: 5 } : {}))).A6, "partly");
  assert.is(verdicts(rowsOf(5, (row) => (third(row) ? { field_pixels: 48 } : {}))).A6, "partly");
  assert.is(verdicts(rowsOf(5, (row) => (third(row) ? { weights: 28 * 16 } : {}))).A6, "partly");
});

test("the figures say which padding is meant, and what the bottleneck saves in weights and in time", () => {
  const [sides, times, differences, weights] = arithmetic.figures(rowsOf(), params);
  assert.equal(
    sides!.series!.map(({ points }) => points.map(({ x, y }) => [x, y])),
    [[[4, 4]], [[4.5, 4]]],
  );
  assert.match(sides!.caption, /both sides together: read as the padding of one side, the formula is wrong for 50 %/);
  assert.match(
    times!.numbers!,
    /8\.47 times fewer weights and takes 8\.47 times fewer multiply-accumulates; it is 5\.0+ times/,
  );
  assert.is(differences!.series![0]!.points.length, 5);
  assert.equal(
    weights!.series!.map(({ points }) => points.map(({ y }) => y)),
    [
      [25, 49, 9],
      [18, 27, 14, 6, 8],
    ],
  );
});

test("a run measures all four at smoke scale and reproduces what is exact", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/layer-arithmetic.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  const { status, stderr } = spawnSync(process.execPath, [...program, "--seeds", "1", ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("layer-arithmetic"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const count = (measurement: string) => rows.filter((row) => row.measurement === measurement).length;
  assert.equal(
    ["output size", "weights", "time", "perceptron at each pixel", "receptive field"].map(count),
    [100, 4, 10, 10, 8],
  );
  const claims = await readCsv(join(folder, "results", name!, "claims.csv"));
  assert.equal(
    claims.map(({ claim, verdict }) => `${claim} ${verdict}`),
    ["A1 reproduced", "A4 inconclusive", "A5 reproduced", "A6 reproduced"],
  );
});

test.run();
