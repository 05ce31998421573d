/**
 * Runs that are killed at random moments, again and again: what was measured stays, and the results are those of a run that
 * nobody disturbed. KILLS says how often (8; a fifth of them hit trainings); KILLS_SEED repeats the moments.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RandomStream, randomStream } from "../../src/random";
import { cellStore } from "../../src/store/cell-record";
import { holdsModel, readCheckpoint } from "../../src/training";
import { inPlace, type Place, start } from "./program";

const kills = Number(process.env.KILLS ?? 8);
const seed = Number(process.env.KILLS_SEED ?? Date.now() % 1e6);

interface Killed {
  /** Its file; the sums by default. */
  readonly program?: string;
  readonly experiment: string;
  readonly words: readonly string[];
  readonly cells: number;
  readonly kills: number;
}

/** Who is killed: the run, the run with all its workers, or one of the workers. */
const victims = ["parent", "all", "worker"] as const;
type Victim = (typeof victims)[number];

const cellsOf = ({ results }: Place, experiment: string) => path.join(results, "store", "cells", experiment);

/** Bytes of every file that counts as there. */
function kept(place: Place, experiment: string): Map<string, string> {
  const folder = cellsOf(place, experiment);
  const names = readdirOrNone(folder).filter((name) => name.endsWith(".json"));
  const files = names.map((name) => path.join(folder, name));
  const models = path.join(place.results, "store", "models");
  for (const id of readdirOrNone(models)) {
    if (holdsModel(path.join(models, id))) files.push(path.join(models, id, "model.safetensors"));
  }
  return new Map(files.map((file) => [file, readFileSync(file, "latin1")]));
}

function readdirOrNone(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether everything that lies there is whole: cells, models, checkpoints, tables and pages. */
function assertWhole(place: Place, experiment: string): void {
  const store = cellStore(cellsOf(place, experiment));
  const ids = readdirOrNone(cellsOf(place, experiment)).filter((name) => name.endsWith(".json"));
  for (const id of ids) {
    const read = store.read(path.basename(id, ".json"));
    assert.ok(read !== null && !("problem" in read), `${id}: ${JSON.stringify(read)}`);
  }
  const models = path.join(place.results, "store", "models");
  for (const id of readdirOrNone(models).filter((name) => !name.endsWith(".lock"))) {
    for (const name of ["model.safetensors", "checkpoint.safetensors"]) readCheckpoint(path.join(models, id, name));
  }
  for (const page of readdirOrNone(place.reports).filter((name) => name.endsWith(".html"))) {
    assert.match(readFileSync(path.join(place.reports, page), "utf8"), /<\/html>\n$/);
  }
}

/** The tables of the complete run among the folders; an interrupted one differs in what matters to no cell. */
function tableIn({ results }: Place, experiment: string): string {
  const [folder] = readdirSync(results).filter((name) => name.startsWith(experiment));
  return readFileSync(path.join(results, folder!, "rows.csv"), "utf8");
}

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

const isAlive = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

/** Kills the victim, unless it has ended, and waits until no worker is left behind. @returns whether it was killed */
async function kill(pid: number, victim: Victim, stream: RandomStream): Promise<boolean> {
  const workers = isAlive(pid) ? childrenOf(pid) : [];
  if (victim === "worker") {
    const worker = workers[stream.integer(Math.max(1, workers.length))];
    return worker !== undefined && endNow(worker);
  }
  if (!endNow(pid)) return false;
  if (victim === "all") workers.forEach(endNow);
  for (let tries = 0; workers.some(isAlive) && tries < 200; tries++) await sleep(50);
  assert.equal(workers.filter(isAlive), [], "a worker outlives its run");
  return true;
}

/** @returns false for a process that has ended by itself */
function endNow(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

async function killAndResume({ program, experiment, words, cells, kills: wanted }: Killed): Promise<void> {
  const stream = randomStream(seed, "kills", experiment);
  const begin = (place: Place) => start([...place.options, ...words], {}, ...(program === undefined ? [] : [program]));
  let undisturbed = "";
  let milliseconds = 0;
  await inPlace(async (place) => {
    const from = performance.now();
    const { status, stderr } = await begin(place).ended;
    assert.is(status, 0, stderr);
    milliseconds = performance.now() - from;
    undisturbed = tableIn(place, experiment);
  });
  const done = { parent: 0, all: 0, worker: 0 };
  let runs = 0;
  while (done.parent + done.all + done.worker < wanted) {
    await inPlace(async (place) => {
      // From a new folder on, until a run comes to its end.
      for (let before = new Map<string, string>(); ; before = kept(place, experiment)) {
        const victim = done.parent + done.all + done.worker < wanted ? victims[stream.integer(3)]! : null;
        const running = begin(place);
        const from = performance.now();
        let killed = false;
        runs += 1;
        if (victim !== null) {
          await Promise.race([sleep(stream.uniform() * 1.1 * milliseconds), running.ended]);
          killed = await kill(running.child.pid!, victim, stream);
          if (killed) done[victim] += 1;
        }
        const { status, signal, stderr } = await running.ended;
        if (!killed) milliseconds = performance.now() - from; // the machine may be less busy now than it was before
        const after = kept(place, experiment);
        for (const [file, content] of before) assert.is(after.get(file), content, `${file} is lost`);
        assertWhole(place, experiment);
        if (signal === "SIGKILL") continue;
        // A worker killed twice at the same cell counts as a failure of that cell, and one killed at its start of the run.
        if (status !== 0 && victim === "worker") {
          assert.match(stderr, "SIGKILL");
          continue;
        }
        assert.is(status, 0, stderr);
        assert.is(after.size >= cells, true);
        assert.is(tableIn(place, experiment), undisturbed, `kills with KILLS_SEED=${seed}`);
        return;
      }
    });
  }
  const counts = victims.map((victim) => `${done[victim]} of ${victim}`).join(", ");
  console.log(`${experiment}: ${wanted} kills (${counts}) in ${runs} runs, KILLS_SEED=${seed}`);
}

if (process.platform !== "linux") {
  console.log("skipped: which workers a run has is read from /proc, which only Linux has");
} else {
  const ofTrainings = Math.floor(kills / 5);

  test("a run that is killed again and again loses nothing it has measured, and ends with the tables of one that is not", () =>
    killAndResume({
      experiment: "sums",
      words: ["--workers", "2", "--set", "terms=6", "pause=15"],
      cells: 6,
      kills: kills - ofTrainings,
    }));

  test("a training that is killed again and again ends with the same weights, bit for bit", () =>
    killAndResume({
      program: path.join(__dirname, "..", "fixtures", "networks.ts"),
      experiment: "networks",
      words: ["--workers", "2", "--set", "steps=240", "batchSize=16"],
      cells: 2,
      kills: ofTrainings,
    }));
}

test.run();
