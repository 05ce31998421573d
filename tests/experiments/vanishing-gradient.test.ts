/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import vanishingGradient from "../../experiments/vanishing-gradient";
import type { Cell } from "../../experiments/vanishing-gradient/rows";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "vanishing-gradient-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof vanishingGradient.verdicts>[0];
const depths = [4, 16, 64];
const params = { depths, seeds: [1, 2, 3, 4, 5] } as unknown as ParameterValues<typeof vanishingGradient.parameters>;
const cells = vanishingGradient.cells(params) as Cell[];

/** Decades a block that the gradient gains backwards, and the mean square after n blocks. */
interface Course {
  readonly gradient: number;
  readonly meanSquare: (blocks: number) => number;
}

function theory(network: string): Course {
  const gain = Number(/gain ([\d.]+)/.exec(network)![1]);
  const flat = (gradient: number): Course => ({ gradient, meanSquare: () => 1 });
  if (network.includes("√N")) return { gradient: 0, meanSquare: (n) => (1 + 1 / n) ** n };
  if (network === "plain ReLU, gain 2, normalised") return flat(Math.log10(Math.PI / (Math.PI - 1)) / 2);
  if (network === "residual ReLU, gain 2, normalised") return { gradient: 0.002, meanSquare: (n) => n + 1 };
  if (network === "residual sigmoid, gain 1") return flat(0.003);
  if (network.startsWith("residual ReLU")) {
    return { gradient: Math.log10(1 + gain / 2) / 2, meanSquare: (n) => (1 + gain / 2) ** n };
  }
  if (network.includes("sigmoid")) return flat(gain === 1 ? -0.63 : 0.09);
  if (network.includes("tanh")) return flat(gain === 1 ? -0.005 : 0.07);
  return { gradient: Math.log10(gain / 2) / 2, meanSquare: (n) => (gain / 2) ** n };
}

/** Rows as measured: first and last borders of every cell at every depth, a little different with every seed. */
function rowsWith(course: (network: string, layer: string) => Course = theory, seeds = 5): Rows {
  return cells
    .filter(({ seed }) => seed <= seeds)
    .flatMap((cell) =>
      depths.flatMap((depth) =>
        [0, depth].map((border) => {
          const { gradient, meanSquare } = course(cell.network, cell.layer);
          const decades = gradient * (1 + 0.001 * cell.seed) * (depth - border);
          return {
            ...{ ...cell, depth, border, log10_mean_square: Math.log10(meanSquare(border)) },
            ...{ log10_gradient_norm: decades - 3, log10_gradient_ratio: decades },
          };
        }),
      ),
    );
}

const verdictsOf = (rows: Rows) =>
  Object.fromEntries(vanishingGradient.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("networks that do as theory says reproduce all but C3, whose rule growth fails", () => {
  assert.equal(verdictsOf(rowsWith()), {
    ...{ C1: "reproduced", C2: "reproduced", C3: "partly", "C3.1": "reproduced" },
    ...{ C4: "reproduced", C8: "reproduced" },
  });
});

test("the effects are those of theory", () => {
  const effects = new Map(
    vanishingGradient.verdicts(rowsWith(), params).map(({ claim, effect }) => [claim.id, effect]),
  );
  const near = (id: string, expected: number, tolerance: number) => {
    const { estimate, count } = effects.get(id as "C1")!;
    assert.ok(Math.abs(estimate - expected) < tolerance, `${id}: ${estimate}, expected ${expected}`);
    assert.is(count, 5);
  };
  near("C1", -0.63, 0.01);
  near("C2", Math.log10(2) / 2, 0.01);
  near("C3", 0.003 / 0.63, 1e-3);
  near("C4", 2, 1e-9);
  near("C8", Math.PI / (Math.PI - 1), 0.01);
});

test("gradients that grow under small weights and shrink under large ones reproduce none of the claims on them", () => {
  const rows = rowsWith((network) => ({
    gradient: /gain (4|256)/.test(network) ? -0.001 : 0.001,
    meanSquare: () => 1,
  }));
  const verdicts = verdictsOf(rows);
  for (const id of ["C1", "C2", "C3", "C4", "C8"]) assert.is(verdicts[id], "not reproduced", id);
});

test("a residual network that vanishes like the plain one fails C3 and C3.1", () => {
  const rows = rowsWith((network) =>
    theory(network.replace("residual sigmoid", "plain sigmoid").replace(/residual ReLU.*/, "plain ReLU, gain 1")),
  );
  assert.is(verdictsOf(rows).C3, "not reproduced");
  assert.is(verdictsOf(rows)["C3.1"], "not reproduced");
});

test("dense networks are not enough: convolutional ones that do not vanish leave C1 at partly", () => {
  const rows = rowsWith((network, layer) =>
    layer === "dense" ? theory(network) : { ...theory(network), gradient: 0.1 },
  );
  assert.is(verdictsOf(rows).C1, "partly");
});

test("four seeds are too few for every claim", () => {
  for (const verdict of Object.values(verdictsOf(rowsWith(theory, 4)))) assert.is(verdict, "inconclusive");
});

test("every claim has a figure, and the maps and theory lines hold what was measured and what is stated", () => {
  const figures = vanishingGradient.figures(rowsWith(), params);
  const shown = new Set(figures.flatMap(({ claims }) => claims ?? []));
  for (const { id } of vanishingGradient.claims) assert.ok(shown.has(id), id);

  const map = figures.find(({ id }) => id === "gradient-map-plain")!.matrix!;
  assert.equal(map.y, depths);
  assert.equal(map.x, [0, 4, 16, 64]);
  assert.is(map.values[0]![1], 1); // the last border of the network of 4 blocks, over itself
  assert.is(map.values[0]![2], null); // which has no sixteenth
  const first = map.values[2]![0]!; // orders of magnitude per block x 64 blocks, mean over seeds 1 to 5
  assert.ok(Math.abs(Math.log10(first) + 0.63 * 1.003 * 64) < 1e-6);

  const growth = figures.find(({ id }) => id === "mean-square-by-depth")!;
  const published = growth.series!.filter(({ published: theirs }) => theirs);
  assert.is(published.length, 3);
  assert.ok(Math.abs(published[0]!.points.at(-1)!.y - 64 * Math.log10(2)) < 1e-9);
  assert.match(growth.numbers!, "power of 1 "); // n + 1, exactly
  const sweep = figures.find(({ id }) => id === "growth-by-weights")!.series!;
  assert.equal(
    sweep[0]!.points.map(({ x, y }) => [x, Number(y.toFixed(6))]),
    [0.5, 1, 2, 4].map((gain) => [gain, 1 + gain / 2]),
  );
  assert.match(figures[0]!.numbers!, "plain sigmoid, gain 1 -0.63");
});

test("one depth shows no trend and is refused", () => {
  assert.throws(() => vanishingGradient.cells({ ...params, depths: [8] }), /at least two depths/);
});

function run(name: string, more: readonly string[]): { status: number | null; stderr: string } {
  const folders = ["--results", join(folder, name, "results"), "--reports", join(folder, name, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/vanishing-gradient.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  return spawnSync(process.execPath, [...program, ...folders, ...more], { cwd: root, encoding: "utf8" });
}

test("a run writes rows for every border, every claim's verdict, and a report", async () => {
  const { status, stderr } = run("whole", ["--set", "seeds=1", "--set", "depths=2,40"]);
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "whole", "results")).filter((entry) => entry.startsWith("vanishing"));
  const results = join(folder, "whole", "results", name!);
  const rows = await readCsv(join(results, "rows.csv"));
  assert.is(rows.length, 2 * 15 * (3 + 41)); // kinds of layers, networks, borders
  for (const row of rows.filter(({ border }) => border === "0")) {
    assert.ok(Math.abs(Number(row.log10_mean_square)) < 1e-2, "networks begin at variance 1"); // less by epsilon
  }
  for (const row of rows.filter(({ border, depth }) => border === depth))
    assert.is(Number(row.log10_gradient_ratio), 0);
  const claims = await readCsv(join(results, "claims.csv"));
  assert.is(claims.length, 6);
  assert.equal([...new Set(claims.map(({ verdict }) => verdict))], ["not testable here"]); // three depths or more make a fit
  assert.is(readdirSync(join(folder, "whole", "reports")).filter((entry) => entry.startsWith("vanishing")).length, 1);
});

test.run();
