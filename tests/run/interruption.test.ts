import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inPlace, type Place, run, start } from "./program";

/** Three seeds of cells that take a third of a second each. */
const slowly = ["--workers", "2", "--set", "terms=8", "share=0.25"];
const pauses = { FIXTURE_PAUSE: "40" };
/** `share` does not matter to a cell: what it gives must be what an undisturbed quick run gives. */
const quickly = ["--workers", "2", "--set", "terms=8"];

/** The table of the run that is complete; an interrupted one has its own name, for another share. */
const tableIn = ({ results }: Place) => {
  const folders = readdirSync(results).map((entry) => path.join(results, entry));
  const complete = folders.find((folder) => {
    const file = path.join(folder, "provenance.json");
    return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).complete;
  });
  return readFileSync(path.join(complete!, "rows.csv"), "utf8");
};
/** Whole cells: one that was being written when its writer was killed lies there under a temporary name. */
const storedCells = ({ results }: Place) =>
  readdirSync(path.join(results, "store", "cells", "sums")).filter((file) => file.endsWith(".json"));
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

let undisturbed: string;
test.before(() =>
  inPlace(async (place) => {
    assert.is((await run([...place.options, ...quickly])).status, 0);
    undisturbed = tableIn(place);
  }),
);

test("a run whose parent is killed leaves no worker behind, keeps its cells, and resumes to the same bytes", () =>
  inPlace(async (place) => {
    const killed = start([...place.options, ...slowly], pauses);
    await killed.says("interim, 1 of 3 seeds");
    const workers = childrenOf(killed.child.pid!);
    assert.is(workers.length, 2);
    killed.child.kill("SIGKILL");
    assert.is((await killed.ended).signal, "SIGKILL");
    for (let tries = 0; workers.some(isAlive) && tries < 100; tries++) await sleep(50);
    assert.equal(workers.filter(isAlive), []);
    const kept = storedCells(place).length;
    assert.ok(kept >= 2 && kept < 6, `${kept} cells`);
    assert.match(
      readFileSync(path.join(place.reports, readdirSync(place.reports).find((f) => f.endsWith(".html"))!), "utf8"),
      /interim/i,
    );

    const resumed = await run([...place.options, ...quickly]);
    assert.is(resumed.status, 0, resumed.stderr);
    assert.match(resumed.stderr, `${kept} cached, ${6 - kept} to do`);
    assert.is(tableIn(place), undisturbed);
  }));

test("Ctrl-C ends the run after the current step with the command that resumes it", () =>
  inPlace(async (place) => {
    const interrupted = start([...place.options, ...slowly, "--fresh"], pauses);
    await interrupted.says("[3/6] kind ascending, seed 2: begun");
    interrupted.child.kill("SIGINT");
    const { status, stderr, stdout } = await interrupted.ended;
    assert.is(status, 130);
    assert.match(stderr, "stopping after the current step");
    assert.match(stderr, /interrupted: \d of 6 cells are measured and kept/);
    const command = /^resume with: (.*)$/m.exec(stderr)?.[1];
    assert.ok(command?.startsWith("npx cnn-findings run tests/fixtures/sums.ts --set terms=8"), command);
    assert.match(command!, "--set terms=8 share=0.25");
    assert.match(command!, /--fresh 20\d\d-\S+Z$/); // what was measured meanwhile counts
    assert.is(stdout, "");
    assert.ok(storedCells(place).length < 6);
    assert.is((await run([...place.options, ...quickly])).status, 0);
    assert.is(tableIn(place), undisturbed);
  }));

test("Ctrl-C twice ends it at once", () =>
  inPlace(async (place) => {
    const interrupted = start([...place.options, "--scale", "smoke", "--set", "pause=20000"]); // one step is 20 s
    await interrupted.says("[1/4] kind ascending, seed 1: begun");
    await sleep(1000);
    const begin = performance.now();
    interrupted.child.kill("SIGINT");
    await interrupted.says("once more stops at once");
    interrupted.child.kill("SIGINT");
    assert.is((await interrupted.ended).status, 130);
    assert.ok(performance.now() - begin < 5000);
  }));

test("a full disk ends the run in words; once there is room again, the same command goes on", () =>
  inPlace(async (place) => {
    const mount = (options: string) =>
      spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place.results]).status;
    mkdirSync(place.results);
    if (process.platform !== "linux" || process.getuid?.() !== 0 || mount("size=36k") !== 0) {
      console.log("skipped: a full disk needs a small file system, which only root may mount");
      return;
    }
    try {
      const full = await run([...place.options, "--workers", "1", "--set", "terms=8", "--seeds", "20"]);
      assert.is(full.status, 1, full.stderr);
      assert.match(full.stderr, "the disk is full");
      assert.match(full.stderr, /of 40 cells are measured and kept; resume with: /);
      const kept = storedCells(place);
      assert.ok(kept.length > 0);
      assert.ok(kept.every((file) => file.endsWith(".json")));
      assert.is(mount("remount,size=64m"), 0);
      const resumed = await run([...place.options, "--workers", "1", "--set", "terms=8", "--seeds", "20"]);
      assert.is(resumed.status, 0, resumed.stderr);
      assert.match(resumed.stderr, `${kept.length} cached, ${40 - kept.length} to do`);
    } finally {
      spawnSync("umount", [place.results]);
    }
  }));

test.run();
