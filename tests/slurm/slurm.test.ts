/** Runs on a real Slurm, which this file starts and stops: munged, slurmctld and three slurmd on this machine. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { askedId, identityOfFacts, storedId } from "../../src/identity";
import { runtimeFacts } from "../../src/runtime";
import { cellStore } from "../../src/store";
import { inPlace, type Place, run, start } from "../run/program";
import { type Cluster, clusterObstacle, startCluster } from "./slurm-cluster";

const obstacle = clusterObstacle();
const weights = path.join(__dirname, "..", "fixtures", "weights.ts");
let cluster: Cluster;

/** Registers a test that needs the cluster. */
function onCluster(title: string, body: (place: Place) => Promise<void>): void {
  if (obstacle === null) test(title, () => inPlace(body));
  else test.skip(title, () => {});
}

if (obstacle !== null) console.log(`skipped: ${obstacle}`);
test("where there is no Slurm, what is missing is named", () => {
  const { PATH } = process.env;
  process.env.PATH = "";
  try {
    assert.match(clusterObstacle() ?? "nothing is missing", /Linux|root|sbatch/);
  } finally {
    process.env.PATH = PATH;
  }
});

test.before(async () => {
  // Arrays of at most four indices: six cells need two.
  if (obstacle === null) cluster = await startCluster({ nodes: 3, largestArray: 4 });
});
test.after(() => cluster?.stop());

const onSlurm = (words: readonly string[], program?: string) =>
  start([...words, "--launcher", "slurm"], cluster.environment, program);
/** What a complete run wrote, whatever it is called. */
const tablesOf = ({ results }: Place, ...more: readonly string[]) => {
  const folders = readdirSync(results).filter((name) => existsSync(path.join(results, name, "rows.csv")));
  assert.is(folders.length, 1);
  const read = (name: string) => readFileSync(path.join(results, folders[0]!, name), "utf8");
  const claims = read("claims.csv").replace(/[0-9a-f]{40}\+?/g, "commit"); // somebody may commit in between
  return [read("rows.csv"), claims, ...more.map(read)];
};
/** Elements that run now, each with its node. */
const running = () =>
  cluster
    .ask("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%F_%K|%N")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("|") as [element: string, node: string]);

onCluster(
  "a run gives the bytes of a local one, though a node loses its power and a job is ended by hand",
  async (place) => {
    const words = ["--set", "terms=8"];
    const cells = onSlurm([...place.options, ...words, "pause=500", "--sbatch", "--no-requeue"]);
    await cells.says("[3/6] kind ascending, seed 2: begun");
    const [[ended], [, node]] = running() as [[string, string], [string, string]];
    cluster.ask("scancel", ended);
    cluster.cutPower(node);
    const { status, stderr } = await cells.ended;
    assert.is(status, 0, stderr);
    assert.match(stderr, /^6 cells handed to Slurm as jobs \d+, \d+$/m);
    assert.match(stderr, /retried: .*: its job was cancelled; log/);
    assert.match(stderr, /retried: .*: its job was lost with its node; log/);
    assert.is(stderr.match(/: measured in/g)?.length, 6);
    const handedIn = [...stderr.matchAll(/^(\d) cells? handed to Slurm/gm)].map(([, cells]) => Number(cells));
    assert.is(
      handedIn.reduce((sum, cells) => sum + cells),
      6 + 2,
      stderr,
    );
    assert.not.ok(existsSync(path.join(place.results, "store", "jobs", "sums")));

    await inPlace(async (here) => {
      assert.is((await run([...here.options, ...words, "pause=500"])).status, 0);
      assert.equal(tablesOf(place), tablesOf(here));
    });
  },
);

onCluster(
  "cells handed in and left, told of, and collected: a network that two share is trained once",
  async (place) => {
    const words = [...place.options, "--scale", "smoke"];
    const submitted = await onSlurm([...words, "--jobs", "submit"], weights).ended;
    assert.is(submitted.status, 0, submitted.stderr);
    assert.match(submitted.stdout, /^4 cells handed to Slurm as jobs \d+, \d+$/m);
    assert.match(submitted.stderr, /the verdicts: .* --jobs collect/);
    const waits = cluster.ask("squeue", "--noheader", "--array", "--states=PENDING", "--format=%K %E").split("\n");
    assert.is(waits.filter((line) => /^[01] aftercorr:/.test(line)).length, 2, waits.join("\n"));

    for (let left = true; left; await sleep(500)) {
      const { stdout, stderr } = await onSlurm([...words, "--jobs", "status", "--json"], weights).ended;
      assert.ok(stdout, stderr);
      const states = (JSON.parse(stdout).cells as { state: string; detail: string }[]).map(({ state }) => state);
      assert.not.ok(
        states.some((state) => state === "failed" || state === "lost"),
        stdout,
      );
      left = states.some((state) => state !== "measured");
    }
    const collected = await onSlurm([...words, "--jobs", "collect"], weights).ended;
    assert.is(collected.status, 0, collected.stderr);
    assert.match(collected.stdout, "H8");
    const cells = path.join(place.results, "store", "cells", "weights");
    const uses = readdirSync(cells).flatMap((file) => JSON.parse(readFileSync(path.join(cells, file), "utf8")).models);
    assert.is(uses.length, 4);
    assert.is(uses.filter(({ trained }) => trained).length, 2);

    // The nodes' runtime is in the names, and who hands in finds the cells, whatever processor the nodes have.
    const store = cellStore(cells);
    for (const record of store.records()) {
      assert.is(record.id, storedId(askedId(record.id), identityOfFacts(record.runtime!)));
      const { kernels, processor } = record.runtime!;
      const runtime = {
        ...record.runtime!,
        kernels: { ...kernels!, instructionSet: ["avx2"] },
        processor: { ...processor, features: ["avx2"] },
      };
      rmSync(store.fileOf(record.id));
      store.write({ ...record, runtime, id: storedId(askedId(record.id), identityOfFacts(runtime)) });
    }
    const again = await onSlurm([...words, "--dry-run", "--json"], weights).ended;
    const planned = JSON.parse(again.stdout).cells as { cached: boolean }[];
    assert.is(planned.filter(({ cached }) => cached).length, 4, again.stderr);

    await inPlace(async (here) => {
      const local = await start([...here.options, "--scale", "smoke", "--workers", "2"], {}, weights).ended;
      assert.is(local.status, 0, local.stderr);
      assert.equal(tablesOf(place), tablesOf(here));
    });
  },
);

onCluster(
  "a grid: all its points are with Slurm before the first is waited for, and its map is a local run's",
  async (place) => {
    const words = ["--scale", "smoke", "--vary", "learningRate=0.1,0.2"]; // 0.2 is the default
    const { status, stderr } = await onSlurm([...place.options, ...words], weights).ended;
    assert.is(status, 0, stderr);
    assert.is(stderr.match(/4 cells handed to Slurm as jobs/g)?.length, 2, stderr);
    assert.ok(
      stderr.lastIndexOf("handed to Slurm") < stderr.indexOf("point 1 of 2: learningRate = 0.1, 4 cells to do"),
    );
    assert.is(stderr.match(/: measured in/g)?.length, 8, stderr);
    await inPlace(async (here) => {
      const local = await start([...here.options, ...words, "--workers", "2"], {}, weights).ended;
      assert.is(local.status, 0, local.stderr);
      assert.equal(tablesOf(place, "map.csv"), tablesOf(here, "map.csv"));
    });
  },
);

onCluster("the jobs of a grid: handed in, told of and collected, what its points share once", async (place) => {
  const words = [...place.options, "--scale", "smoke", "--vary", "share=0.1,0.9"];
  const submitted = await onSlurm([...words, "--jobs", "submit"]).ended;
  assert.is(submitted.status, 0, submitted.stderr);
  assert.is(submitted.stdout.match(/cells? handed to Slurm/g)?.length, 1, submitted.stdout);
  assert.match(
    submitted.stderr,
    "8 cells may be the same at other points: once those are measured, give the command again",
  );
  for (let left = true; left; await sleep(500)) {
    const { stdout, stderr } = await onSlurm([...words, "--jobs", "status", "--json"]).ended;
    assert.ok(stdout, stderr);
    const { experiments } = JSON.parse(stdout) as { experiments: { cells: { state: string }[] }[] };
    assert.is(experiments.length, 3);
    left = experiments.some(({ cells }) => cells.some(({ state }) => state !== "measured"));
  }
  const collected = await onSlurm([...words, "--jobs", "collect"]).ended;
  assert.is(collected.status, 0, collected.stderr);
  assert.match(collected.stdout, "H9: reproduced at every value tried, share = 0.1 and 0.9");
  assert.is(readdirSync(path.join(place.results, "store", "cells", "sums")).length, 4);
});

onCluster("Ctrl-C leaves the jobs to Slurm; `cancel` ends them, and Slurm has none left", async (place) => {
  const words = [...place.options, "--scale", "smoke", "--set", "pause=60000"];
  const waiting = onSlurm(words);
  await waiting.says("[1/4] kind ascending, seed 1: begun");
  waiting.child.kill("SIGINT");
  const { status, stderr } = await waiting.ended;
  assert.is(status, 130);
  assert.match(stderr, "the jobs stay with Slurm");
  assert.ok(running().length > 0);
  const cancelled = await onSlurm([...words, "--jobs", "cancel"]).ended;
  assert.is(cancelled.status, 0, cancelled.stderr);
  assert.match(cancelled.stdout, "ended: 4 jobs of Slurm\n0 of 4 cells are measured and kept");
  for (let tries = 0; cluster.ask("squeue", "--noheader").trim() !== "" && tries < 100; tries++) await sleep(200);
  assert.is(cluster.ask("squeue", "--noheader").trim(), "");
});

onCluster(
  "a cell that fails is told of with its message and the log of its job, and does not keep others",
  async (place) => {
    const words = [...place.options, "--scale", "smoke", "--set", "trouble=fail"];
    const { status, stderr } = await onSlurm(words).ended;
    assert.is(status, 1, stderr);
    assert.match(stderr, "failed: kind ascending, seed 2: asked to fail");
    assert.is(stderr.match(/: measured in/g)?.length, 3);
    const log = path.resolve(/log: {3}(\S+-job-\d+-\d\.log)/.exec(stderr)![1]!);
    assert.match(readFileSync(log, "utf8"), "at goWrong");
  },
);

onCluster(
  "an element that asks for a GPU on a node without one fails, and the run tells what is missing",
  async (place) => {
    if (runtimeFacts().isGpu) return;
    const words = [...place.options, "--scale", "smoke", "--seeds", "1", "--gpu"];
    const { status, stderr } = await onSlurm(words, weights).ended;
    assert.is(status, 1, stderr);
    assert.match(stderr, /failed: .*: a GPU was asked for, but no NVIDIA GPU is seen on \S+/);
    assert.match(stderr, "on a cluster, ask for one: `--launcher slurm --gpus 1`");
    assert.not.match(stderr, "measured in");
  },
);

test.run();
