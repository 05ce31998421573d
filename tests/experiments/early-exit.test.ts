/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import earlyExit from "../../experiments/early-exit";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "early-exit-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof earlyExit.verdicts>[0];
type Result = Rows[number];
const params = { latencyBatches: [1, 100] } as unknown as ParameterValues<typeof earlyExit.parameters>;

const nothing = {
  ...{ classifier: null, step: null, threshold_nats: null, error_percent: null, rise_points: null, cost: null },
  ...{ leaving_percent: null, batch: null, pass: null, full_seconds: null, early_seconds: null },
};

interface Made {
  readonly cost?: number;
  readonly rise?: number;
  /** Of the head, with auxiliary heads less without (points), by seed. */
  readonly helps?: (seed: number) => number;
  readonly seeds?: number;
}

function rowsOf({ cost = 0.5, rise = 0.1, helps = (seed) => -0.5 + 0.05 * seed, seeds = 5 }: Made = {}): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed): Result[] => {
    const network = "resnet20";
    return [true, false].flatMap((exits): Result[] => {
      const base = { ...nothing, seed, network, exits };
      const better = exits ? helps(seed) : 0;
      const common: Result[] = [
        ...[100, 200, 400].map((step) => ({
          ...{ ...base, measurement: "training" as const, classifier: "head", step },
          error_percent: 3000 / step + better,
        })),
        ...[...(exits ? ["exit1", "exit2"] : []), "head"].map((classifier) => ({
          ...{ ...base, measurement: "classifier" as const, classifier, rise_points: 0 },
          error_percent: classifier === "head" ? 3 + better : 9,
        })),
      ];
      if (!exits) return common;
      const swept = [0, 0.1, 1].flatMap((threshold_nats, which): Result[] => [
        {
          ...{ ...base, measurement: "threshold", threshold_nats, error_percent: 3, rise_points: which * rise },
          cost: 1 - which * (1 - cost),
        },
        ...["exit1", "exit2", "head"].map((classifier) => ({
          ...{ ...base, measurement: "threshold" as const, threshold_nats, classifier, leaving_percent: 100 / 3 },
        })),
      ]);
      return [
        ...common,
        ...swept,
        ...swept
          .filter(({ threshold_nats }) => threshold_nats === 0.1)
          .map((found): Result => ({ ...found, measurement: "chosen threshold" })),
        ...[1, 100].map((batch) => ({
          ...{ ...base, measurement: "time" as const, batch, pass: 1, threshold_nats: 0.1 },
          ...{ full_seconds: 0.01 / batch, early_seconds: 0.005 / batch },
        })),
      ];
    });
  });
}

const verdicts = (rows: Rows) =>
  Object.fromEntries(earlyExit.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("exits that save at little error and heads that help reproduce both claims with five seeds", () => {
  assert.equal(verdicts(rowsOf()), { B3: "reproduced", B6: "reproduced" });
  assert.equal(verdicts(rowsOf({ seeds: 4 })), { B3: "inconclusive", B6: "inconclusive" });
  const [exits, heads] = earlyExit.verdicts(rowsOf(), params);
  assert.is(exits!.effect!.estimate, 0.5);
  assert.ok(Math.abs(heads!.effect!.estimate + 0.35) < 1e-9);
});

test("a cost or a rise beyond the rule, and heads that harm or may, are seen", () => {
  assert.is(verdicts(rowsOf({ cost: 0.71 })).B3, "partly");
  assert.is(verdicts(rowsOf({ rise: 0.6 })).B3, "partly");
  assert.is(verdicts(rowsOf({ cost: 0.71, rise: 0.6 })).B3, "not reproduced");
  assert.is(verdicts(rowsOf({ helps: () => 0.3 })).B6, "not reproduced");
  assert.is(verdicts(rowsOf({ helps: (seed) => seed - 3 })).B6, "inconclusive");
});

test("the figures show rise by cost, where images leave, times with their ratio, and both trainings", () => {
  const [rise, shares, times, training, classifiers] = earlyExit.figures(rowsOf(), params);
  assert.equal(
    rise!.series![0]!.points.map(({ x, y }) => [x, y]),
    [
      [1, 0],
      [0.5, 0.1],
      [0, 0.2],
    ],
  );
  assert.is(shares!.series!.length, 3);
  assert.match(times!.numbers!, /Faster by 2 .*times.*\(batches of 1\)/);
  assert.equal(
    training!.series!.map((series) => series.points.length),
    [3, 3],
  );
  assert.equal(
    classifiers!.series!.map((series) => series.points.length),
    [3, 1],
  );
});

test("a run trains both networks, sweeps thresholds and times at smoke scale", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = ["-r", "./src/cli/register.cjs", "experiments/early-exit.ts", "--scale", "smoke", "--workers", "1"];
  const few = ["--seeds", "1", "--set", "latencyImages=10"];
  const { status, stderr } = spawnSync(process.execPath, [...program, ...few, ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("early-exit"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.equal(
    of("classifier").map(({ exits, classifier }) => `${exits} ${classifier}`),
    ["true exit1", "true exit2", "true head", "false head"],
  );
  const wholes = of("threshold").filter(({ classifier }) => classifier === "" || classifier === null);
  assert.is(wholes.length, 14);
  assert.is(Number(wholes[0]!.cost), 1);
  assert.is(Number(wholes[0]!.rise_points), 0);
  const costs = wholes.slice(1).map(({ cost }) => Number(cost));
  assert.ok(costs.every((cost, i) => i === 0 || cost <= costs[i - 1]! + 1e-12));
  assert.is(wholes.at(-1)!.error_percent, of("classifier")[0]!.error_percent); // all leave at the first exit
  assert.is(of("chosen threshold").length, 4);
  assert.is(of("time").length, 2);
});

test.run();
