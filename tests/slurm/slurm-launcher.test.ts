/** What the launcher makes of what Slurm says, with a Slurm whose jobs end as the test wants. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { exitStatus } from "../../src/base";
import { readCommandLine } from "../../src/cli/run";
import { recordOf } from "../../src/run/launcher";
import { type PlannedCell, planRun, type RunPlan } from "../../src/run/run-plan";
import type { Measured } from "../../src/run/worker-pool";
import {
  type ArrayRequest,
  type ElementState,
  elementKey,
  LimitError,
  type SlurmClient,
  type SlurmOptions,
} from "../../src/slurm/client";
import { slurmLauncher } from "../../src/slurm/launcher";
import { readSubmission, submitCells, writeOutcome } from "../../src/slurm/submission";
import experiment from "../fixtures/sums";
import { inPlace, type Place, start } from "../run/program";

/** What becomes of the cell with this place in the experiment, the how-manieth time that it is handed in. */
type Fate = (cell: number, time: number) => "measured" | "failed" | { readonly states: readonly string[] };

const element = require.resolve("../../src/slurm/element");
const pace = { outcomes: 1, questions: { least: 1, most: 1, part: 0 } };
const measured: Measured = { type: "measured", read: [], rows: [], seconds: 1, models: [], runtime: null, memory: 0 };

/** A run, and what it asks Slurm for. */
type SlurmPlan = RunPlan & { readonly slurm: SlurmOptions };

async function planIn({ options }: Place, words: readonly string[] = []): Promise<SlurmPlan> {
  const asked = readCommandLine(experiment, [...options, "--launcher", "slurm", ...words], ["run", "program"])!;
  if (asked.launcher.name !== "slurm") throw new Error("not Slurm");
  const { launcher: slurm } = asked;
  const file = require.resolve("../fixtures/sums");
  const plan = await planRun(experiment, file, { ...asked, threads: slurm.cores, elsewhere: true }, async () => {
    throw new Error("it reads no data");
  });
  return { ...plan, slurm };
}

/** A Slurm whose queue goes through the states that each cell's fate names, and stays at the last. */
function slurmOf(plan: RunPlan, fate: Fate, most = Number.POSITIVE_INFINITY) {
  const times = new Map<number, number>();
  const queue = new Map<string, string[]>();
  const requests: { readonly cells: readonly number[]; readonly request: ArrayRequest }[] = [];
  const cancelled: string[] = [];
  const running = Array.from({ length: most === Number.POSITIVE_INFINITY ? 1 : 40 }, () => "RUNNING");
  const client: SlurmClient = {
    async submit(request) {
      const live = [...queue.values()].filter(([state]) => ["PENDING", "RUNNING"].includes(state!)).length;
      if (live + request.indices.length > most) throw new LimitError("too many", "AssocMaxSubmitJobLimit");
      const [folder = "", array = ""] = request.words;
      const job = String(100 + requests.length);
      const { elements } = readSubmission(folder).arrays[Number(array)]!;
      const cells = elements.map(({ id }) => plan.cells.find((cell) => cell.id === id)!);
      requests.push({ cells: cells.map(({ index }) => index), request });
      for (const [i, cell] of cells.entries()) {
        const time = (times.get(cell.index) ?? 0) + 1;
        times.set(cell.index, time);
        const { index } = elements[i]!;
        const end = fate(cell.index, time);
        queue.set(elementKey(job, index), typeof end === "string" ? [...running, "COMPLETED"] : [...end.states]);
        const record = recordOf(cell, measured, "slurm");
        if (end === "measured") plan.store.write(record);
        const failure = { name: "Error", message: "asked to fail", stack: "" };
        if (typeof end === "string") {
          writeOutcome(
            folder,
            Number(array),
            index,
            end === "measured" ? { type: end, stored: record.id } : { type: end, failure },
          );
        }
      }
      return job;
    },
    async queue() {
      const told = new Map<string, ElementState>();
      for (const [key, states] of queue) {
        if (states[0] === "no answer") {
          states.shift();
          return null;
        }
        if (states[0] !== "gone") told.set(key, { state: states[0]!, node: "n1", reason: "" });
        if (states.length > 1) states.shift();
      }
      return told;
    },
    accounts: async () => new Map(),
    cancel: async (elements) => {
      cancelled.push(...elements);
      for (const key of elements) queue.set(key, ["CANCELLED"]);
    },
    largestArray: async () => 4,
  };
  return { client, requests, cancelled };
}

/** Waits for all cells. @returns what happened, one line each */
async function launch(plan: SlurmPlan, client: SlurmClient, stopAfter?: number): Promise<string[]> {
  const happened: string[] = [];
  const tell = (what: string, { index }: PlannedCell, more = "") => happened.push(`${what} ${index}${more}`);
  const work = slurmLauncher(plan.slurm, client, pace).launch({
    plan,
    placements: [],
    events: {
      started: (cell, place) => tell("started", cell, ` at ${place}`),
      workerStarted: () => {},
      progress: () => {},
      checked: () => {},
      measured: async (cell) => void tell("measured", cell),
      failed: (cell, _place, { message }) => tell("failed", cell, `: ${message}`),
      retried: (cell, _place, how) => tell("retried", cell, `: ${how}`),
      stopped: (cell) => tell("stopped", cell),
      notice: (line) => happened.push(line),
    },
  });
  const running = work.run(plan.cells);
  if (stopAfter !== undefined) sleep(stopAfter).then(work.stop);
  await running;
  return happened;
}

const jobsOf = ({ slurm }: SlurmPlan, client: SlurmClient) => slurmLauncher(slurm, client).jobs!;
const endings = (happened: readonly string[]) =>
  happened.filter((line) => /^(measured|failed|retried|stopped)/.test(line)).sort();
const all = (what: string, ...indices: number[]) => indices.map((index) => `${what} ${index}`);

test("every cell is handed in once, in arrays that Slurm takes, and its submission forgotten when all are measured", () =>
  inPlace(async (place) => {
    const plan = await planIn(place);
    const { client, requests } = slurmOf(plan, () => "measured");
    assert.equal(endings(await launch(plan, client)), all("measured", 0, 1, 2, 3, 4, 5));
    assert.equal(
      requests.map(({ cells }) => cells),
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
    );
    assert.throws(() => readSubmission(requests[0]!.request.words[0]!), /ENOENT/);
  }));

test("elements are told that a GPU must compute where Slurm was asked for one, or the run itself, and else not", () =>
  inPlace(async (place) => {
    for (const [words, gpu] of [
      [[], undefined],
      [["--gpus", "1"], true],
      [["--gpu"], true],
    ] as const) {
      const plan = await planIn(place, words);
      const { client, requests } = slurmOf(plan, () => ({ states: ["PENDING"] }));
      await submitCells(plan, plan.cells, { client, slurm: plan.slurm });
      assert.is(requests[0]!.request.slurm.gpus, words[0] === "--gpus" ? "1" : null);
      for (const { request } of requests) assert.is(readSubmission(request.words[0]!).assignment.gpu, gpu);
    }
  }));

test("a lost cell alone is handed in again, as often as was asked, and then fails with what became of its job", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--resubmit", "2"]);
    const fate: Fate = (cell, time) => {
      if (cell === 1 && time === 1) return { states: ["PENDING", "RUNNING", "NODE_FAIL"] };
      if (cell === 4) return { states: ["RUNNING", "TIMEOUT"] };
      if (cell === 5 && time === 1) return { states: ["RUNNING", "gone"] };
      return "measured";
    };
    const { client, requests } = slurmOf(plan, fate);
    assert.equal(endings(await launch(plan, client)), [
      "failed 4: its job reached its time limit",
      ...all("measured", 0, 1, 2, 3, 5),
      "retried 1: its job was lost with its node",
      "retried 4: its job reached its time limit",
      "retried 4: its job reached its time limit",
      "retried 5: its job left the queue without a result",
    ]);
    const times = (cell: number) => requests.filter(({ cells }) => cells.includes(cell)).length;
    assert.equal([0, 1, 2, 3, 4, 5].map(times), [1, 2, 1, 1, 3, 2]);
  }));

test("what a limit keeps out is handed in as places become free, each cell once, and that is said", () =>
  inPlace(async (place) => {
    for (const most of [1, 2, 3, 5]) {
      const plan = { ...(await planIn(place, ["--fresh", "--results", path.join(place.folder, String(most))])) };
      const { client, requests } = slurmOf(plan, () => "measured", most);
      const happened = await launch(plan, client);
      assert.equal(endings(happened), all("measured", 0, 1, 2, 3, 4, 5));
      assert.equal(requests.flatMap(({ cells }) => cells).sort(), [0, 1, 2, 3, 4, 5]);
      assert.match(happened.join("\n"), "Slurm takes no more jobs now (AssocMaxSubmitJobLimit)");
    }
  }));

test("a job that squeue never shows is waited for, and the next command does not hand it in again", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, (cell) => (cell < 2 ? "measured" : { states: ["gone"] }));
    const happened = await launch(plan, client, 200);
    assert.equal(endings(happened), all("measured", 0, 1));
    assert.match(happened.join("\n"), "squeue does not show it");
    const again = await planIn(place, ["--scale", "smoke"]);
    await jobsOf(again, client).act("submit", { plan: again, toDo: again.cells.slice(2) });
    assert.is(requests.length, 1);
  }));

test("a cell that failed by itself is not handed in again by this command, but by the next", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, (cell, time) => (cell === 2 && time === 1 ? "failed" : "measured"));
    assert.equal(endings(await launch(plan, client)), ["failed 2: asked to fail", ...all("measured", 0, 1, 3)]);
    const { lines } = await jobsOf(plan, client).act("status", {
      plan: await planIn(place, ["--scale", "smoke"]),
      toDo: [],
    });
    assert.match(lines.join("\n"), /100_2 {2}failed {4}kind ascending, seed 2 {3}asked to fail/);
    assert.match(lines.at(-1)!, "4 cells: 3 measured, 1 failed");
    assert.is(requests.length, 1);
  }));

test("a job that goes back into the queue is waited for, as is a controller that does not answer", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--set", "kinds=ascending", "--seeds", "1"]);
    const back = { states: ["RUNNING", "PENDING", "no answer", "no answer", "no answer", "RUNNING", "FAILED"] };
    const { client, requests } = slurmOf(plan, (_, time) => (time === 1 ? back : "measured"));
    const happened = await launch(plan, client);
    assert.equal(endings(happened), [
      "measured 0",
      "retried 0: its job ended without a result",
      "retried 0: its job was put back into the queue",
    ]);
    assert.is(happened.filter((line) => line.startsWith("Slurm does not answer")).length, 1);
    assert.is(requests.length, 2);
  }));

test("who stops waiting leaves the jobs to Slurm, and the next command finds them", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, (cell) => (cell < 2 ? "measured" : { states: ["RUNNING"] }));
    const first = await launch(plan, client, 200);
    assert.equal(endings(first), [...all("measured", 0, 1), ...all("stopped", 2, 3)]);
    const again = await planIn(place, ["--scale", "smoke"]);
    assert.equal(
      again.cells.map(({ cached }) => cached !== null),
      [true, true, false, false],
    );
    const { lines } = await jobsOf(plan, client).act("submit", { plan: again, toDo: again.cells.slice(2) });
    assert.equal(lines, ["2 cells with Slurm already", "nothing to hand in"]);
    assert.is(requests.length, 1);
  }));

test("jobs that were cancelled by command are not handed in again", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests, cancelled } = slurmOf(plan, (cell) => (cell < 2 ? "measured" : { states: ["RUNNING"] }));
    const waiting = launch(plan, client);
    await sleep(100);
    const { lines } = await jobsOf(plan, client).act("cancel", {
      plan: await planIn(place, ["--scale", "smoke"]),
      toDo: [],
    });
    assert.equal(lines, ["ended: 2 jobs of Slurm", "2 of 4 cells are measured and kept"]);
    assert.equal(cancelled, ["100_2", "100_3"]);
    assert.equal(endings(await waiting), [
      "failed 2: its job was cancelled",
      "failed 3: its job was cancelled",
      ...all("measured", 0, 1),
    ]);
    assert.is(requests.length, 1);
  }));

test("a cell waits for the element of another run that trains its network", () =>
  inPlace(async (place) => {
    const named = (plan: SlurmPlan, names: readonly string[]): SlurmPlan => ({
      ...plan,
      cells: plan.cells.map((cell, i) => ({ ...cell, network: { id: names[i]!, work: 1 } })),
    });
    const first = named(await planIn(place, ["--scale", "smoke"]), ["a", "b", "c", "a"]);
    const other = named(await planIn(place, ["--scale", "smoke", "--set", "terms=7"]), ["d", "c", "b", "b"]);
    const slurm = slurmOf({ ...first, cells: [...first.cells, ...other.cells] }, () => ({ states: ["PENDING"] }));
    for (const plan of [first, other]) await jobsOf(plan, slurm.client).act("submit", { plan, toDo: plan.cells });
    assert.equal(
      slurm.requests.map(({ request: { after, indices } }) => [after, indices]),
      [
        [null, [0, 1, 2]],
        ["100", [0]],
        [null, [0]],
        ["100", [1, 2]],
        ["100", [1]],
      ],
    );
  }));

test("the precision of a run goes along to the elements that measure its cells", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, () => ({ states: ["PENDING"] }));
    const means = { client, slurm: plan.slurm };
    for (const options of [plan.options, { ...plan.options, precision: "bfloat16" as const }]) {
      await submitCells({ ...plan, options }, plan.cells.slice(0, 1), means);
    }
    assert.equal(
      requests.map(({ request }) => readSubmission(request.words[0]!).assignment.precision),
      [undefined, "bfloat16"],
    );
  }));

test("an element measures its cell; with other code than was handed in it refuses", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, () => ({ states: ["PENDING"] }));
    for (const code of [plan.code, { ...plan.code, cells: "another" }]) {
      const means = { client, slurm: plan.slurm };
      await submitCells({ ...plan, code }, plan.cells.slice(0, 1), means);
    }
    const outcomes = requests.map(async ({ request }) => {
      const environment = { SLURM_ARRAY_JOB_ID: "1", SLURM_ARRAY_TASK_ID: "0" };
      const { status, stderr } = await start(request.words, environment, element).ended;
      const [outcome] = readdirSync(request.words[0]!).filter((name) => name.startsWith("outcome-"));
      return { status, stderr, outcome: JSON.parse(readFileSync(path.join(request.words[0]!, outcome!), "utf8")) };
    });
    const [good, bad] = await Promise.all(outcomes);
    assert.equal([good!.status, good!.outcome], [0, { type: "measured", stored: plan.cells[0]!.id }], good!.stderr);
    assert.ok(plan.store.read(plan.cells[0]!.id));
    assert.equal([bad!.status, bad!.outcome.type], [1, "failed"]);
    assert.match(bad!.outcome.failure.message, "the code has changed since the cell was handed in");
  }));

test("an element that is asked to stop while its worker starts has stopped, and not failed", () =>
  inPlace(async (place) => {
    const plan = await planIn(place, ["--scale", "smoke"]);
    const { client, requests } = slurmOf(plan, () => ({ states: ["PENDING"] }));
    await submitCells(plan, plan.cells.slice(0, 1), { client, slurm: plan.slurm });
    const { words } = requests[0]!.request;
    const { child, ended } = start(words, { SLURM_ARRAY_JOB_ID: "1", SLURM_ARRAY_TASK_ID: "0" }, element);
    const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    while (children() === "") await sleep(1);
    // As scancel does it, and in the order that tells the element least: the worker heeds no signal yet, and ends.
    process.kill(Number(children()), "SIGTERM");
    child.kill("SIGTERM");
    const { status, stderr } = await ended;
    assert.is(status, exitStatus.interrupted, stderr);
    assert.equal(
      readdirSync(words[0]!).filter((name) => name.startsWith("outcome-")),
      [],
    );
  }));

test("a cell that comes to its end while Slurm is asked is measured, not lost", async () => {
  await inPlace(async (place) => {
    const plan = await planIn(place);
    const { client } = slurmOf(plan, (cell) => (cell === 0 ? { states: ["COMPLETED"] } : "measured"));
    const jobs = jobsOf(plan, client);
    const toDo = plan.cells;
    await jobs.act("submit", { plan, toDo }); // the plan knows of no measured cell; the store has them from here on
    const states = async () => {
      const { json } = await jobs.act("status", { plan, toDo });
      return (json as { cells: { state: string }[] }).cells.map(({ state }) => state);
    };
    await states(); // as they run
    assert.equal(
      await states(),
      toDo.map((_, i) => (i === 0 ? "lost" : "measured")),
    );
  });
});

test.run();
