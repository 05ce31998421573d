/** What a run writes down of itself while it goes on. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { goesOn, type RunStatus, readStatuses } from "../../src/run/run-status";
import { law } from "../property";
import { inPlace, type Place, run, start } from "./program";

const runsOf = ({ results }: Place) => path.join(results, "store", "runs");
const now = Date.parse("2026-01-02T03:04:05Z");
const status: RunStatus = {
  ...{ run: "sums-smoke", experiment: "sums", title: "Sums", question: "Sums?", scale: "smoke", data: null },
  ...{
    command: "npx ts-node sums.ts",
    pid: process.pid,
    host: os.hostname(),
    ending: null,
    fraction: 0.5,
    secondsLeft: 3,
  },
  ...{ started: "2026-01-02T03:00:00.000Z", written: "2026-01-02T03:04:05.000Z", whole: null, cells: [], underWay: [] },
  ...{ networks: [], reportFile: "/reports/sums-smoke.html" },
};

/** Looks until the status of the place's only run is as asked. */
async function statusWhen(place: Place, condition: (status: RunStatus) => boolean): Promise<RunStatus> {
  for (let tries = 0; tries < 4000; tries++) {
    const [found] = readStatuses(runsOf(place));
    if (found !== undefined && condition(found)) return found;
    await sleep(25);
  }
  throw new Error(`it never came: ${JSON.stringify(readStatuses(runsOf(place)))}`);
}

test("a run tells of each cell, of what is under way, and how it ended", () =>
  inPlace(async (place) => {
    const slow = start([...place.options, "--scale", "smoke", "--workers", "1", "--set", "pause=900", "trouble=fail"]);
    const under = await statusWhen(place, ({ underWay }) => underWay[0]?.progress != null);
    assert.ok(goesOn(under, Date.now()));
    assert.is(under.pid, slow.child.pid);
    assert.is(under.title, "Sums of odd numbers");
    assert.is(under.data, null);
    assert.ok(under.secondsLeft! >= 0 && under.fraction < 1);
    const { cell, progress, seconds } = under.underWay[0]!;
    assert.is(cell, "kind ascending, seed 1");
    assert.is(progress!.phase, "adding");
    assert.match(progress!.note!, "sum ");
    assert.ok(seconds > 0);
    assert.equal(
      under.cells.map(({ name, state }) => [name, state]),
      [
        ["kind ascending, seed 1", "under way"],
        ["kind descending, seed 1", "waiting"],
        ["kind ascending, seed 2", "waiting"],
        ["kind descending, seed 2", "waiting"],
      ],
    );
    const { status: ended } = await slow.ended;
    assert.is(ended, 1);
    const after = readStatuses(runsOf(place))[0]!;
    assert.is(after.ending, "measured");
    assert.not(goesOn(after, Date.now()));
    assert.equal(
      after.cells.map(({ state }) => state),
      ["measured", "measured", "failed", "measured"],
    );
    assert.is(after.cells[2]!.failure?.message, "asked to fail");
    assert.ok(existsSync(after.cells[2]!.failure!.log));
    assert.ok(after.cells[0]!.seconds! > 2);
    assert.equal([after.underWay, after.fraction], [[], 1]);
  }));

test("cells of an earlier run, and those that are not asked for, are told apart; a dry run writes nothing", () =>
  inPlace(async (place) => {
    const first = ["--scale", "smoke", "--seeds", "1"];
    assert.is((await run([...place.options, ...first, "--dry-run"])).status, 0);
    assert.not(existsSync(place.results));
    assert.is((await run([...place.options, ...first])).status, 0);
    const whole = JSON.parse((await run([...place.options, "--scale", "smoke", "--dry-run", "--json"])).stdout);
    const last = whole.cells.at(-1).id;
    assert.is((await run([...place.options, "--scale", "smoke", "--only", last])).status, 0);
    const { cells } = readStatuses(runsOf(place)).find(({ run: name }) => name === "sums-smoke")!;
    assert.equal(
      cells.map(({ state }) => state),
      ["cached", "cached", "left out", "measured"],
    );
  }));

test("a run that is interrupted says so, and one that is killed gives no more sign of life", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--scale", "smoke", "--workers", "1", "--set", "pause=300"];
    const stopped = start(words);
    await statusWhen(place, ({ underWay }) => underWay.length > 0);
    stopped.child.kill("SIGINT");
    assert.is((await stopped.ended).status, 130);
    assert.is(readStatuses(runsOf(place))[0]!.ending, "interrupted");

    const killed = start([...words, "--fresh"]);
    await statusWhen(place, ({ pid, underWay }) => pid === killed.child.pid && underWay.length > 0);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const left = readStatuses(runsOf(place))[0]!;
    assert.is(left.ending, null);
    assert.not(goesOn(left, Date.now()));
  }));

test("a status that cannot be written stops no run", () =>
  inPlace(async (place) => {
    mkdirSync(path.join(place.results, "store"), { recursive: true });
    writeFileSync(runsOf(place), "a file where the folder should be");
    const { status: ended, stdout } = await run([...place.options, "--scale", "smoke", "--workers", "1"]);
    assert.is(ended, 0);
    assert.match(stdout, "reproduced");
  }));

law(
  "a run goes on as long as it has not ended, its process lives, and its last sign of life is less than a minute old",
  [
    fc.constantFrom(null, "measured", "interrupted", "broken off"),
    fc.integer({ min: -5, max: 200 }),
    fc.boolean(),
    fc.boolean(),
  ],
  (ending, age, lives, here) => {
    const written = new Date(now - 1000 * age).toISOString();
    const pid = lives ? process.pid : 2 ** 22 + 1; // beyond the largest that Linux gives
    const host = here ? os.hostname() : "elsewhere";
    assert.is(goesOn({ ...status, ending, written, pid, host }, now), ending === null && age <= 60 && (lives || !here));
  },
);

test("of a folder the statuses are read that are whole, the latest first", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "statuses-"));
  try {
    assert.equal(readStatuses(path.join(folder, "nothing-here")), []);
    const write = (name: string, content: unknown) =>
      writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    write("older.json", status);
    write("newer.json", { ...status, run: "sums", started: "2026-01-02T03:00:01.000Z" });
    write("torn.json", JSON.stringify(status).slice(0, 100));
    write("other.json", { ...status, cells: "many" });
    write("notes.txt", "not a status");
    assert.equal(
      readStatuses(folder).map(({ run: name }) => name),
      ["sums", "sums-smoke"],
    );
    assert.equal(readStatuses(folder)[1], JSON.parse(readFileSync(path.join(folder, "older.json"), "utf8")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
