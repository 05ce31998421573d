import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { duration } from "../../src/base";
import {
  calibration,
  cellSpan,
  estimateOf,
  estimateText,
  rateOf,
  secondsLeft,
  startSpan,
  type WeighedCell,
  worksInOrder,
} from "../../src/run/estimate";
import { sum } from "../../src/statistics";
import { property } from "../property";

const works = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { maxLength: 30 });
/** Cells that ask for a few networks, each of which costs the same whoever asks. */
const cells = fc
  .array(fc.record({ work: fc.integer({ min: 1, max: 100 }), asksFor: fc.option(fc.integer({ min: 0, max: 5 })) }))
  .map((drawn) =>
    drawn.map(({ work, asksFor }): WeighedCell => {
      return { work, network: asksFor === null ? null : { id: `network ${asksFor}`, work: 1000 + asksFor } };
    }),
  );

test("several workers need at least their share of the time and at most that of one", async () => {
  await property([works, fc.integer({ min: 1, max: 8 })], (waiting, workers) => {
    const seconds = secondsLeft([], waiting, 1, workers);
    assert.ok(seconds >= sum(waiting) / workers - 1e-9 * sum(waiting));
    assert.ok(seconds >= Math.max(0, ...waiting));
    assert.ok(seconds <= sum(waiting) + 1e-9);
    assert.ok(seconds <= sum(waiting) / workers + Math.max(0, ...waiting)); // Graham 1966
  })();
});

test("one more worker never lengthens, twice the rate halves", async () => {
  await property([works, fc.integer({ min: 1, max: 8 })], (waiting, workers) => {
    const equal = waiting.map(() => 10); // with cells of one size: list scheduling has anomalies otherwise
    assert.ok(secondsLeft([], equal, 1, workers + 1) <= secondsLeft([], equal, 1, workers));
    const ratio = secondsLeft([], waiting, 1, workers) - 2 * secondsLeft([], waiting, 2, workers);
    assert.ok(Math.abs(ratio) < 1e-6);
  })();
});

test("a cell whose training is half done after a minute needs another, whatever was thought before", () => {
  const cell = { work: 100, seconds: 60, firstPhase: { progressed: 0.5, seconds: 60, remaining: 0.5 } };
  assert.is(Math.round(secondsLeft([cell], [], 1000, 1)), 60);
  assert.is(Math.round(secondsLeft([cell], [], 0.01, 1)), 60);
});

test("a training that was resumed at 80 % is judged by what it did since", () => {
  const cell = { work: 100, seconds: 20, firstPhase: { progressed: 0.1, seconds: 20, remaining: 0.1 } };
  assert.is(Math.round(secondsLeft([cell], [], 0.01, 1)), 20);
});

test("a cell in a later phase, or one that has told nothing, is judged by its work", () => {
  assert.is(secondsLeft([{ work: 100, seconds: 4, firstPhase: null }], [], 10, 1), 6);
  assert.is(secondsLeft([{ work: 100, seconds: 40, firstPhase: null }], [], 10, 1), 0.5);
});

test("measured cells outweigh what was known before as they become more", () => {
  assert.is(rateOf({ work: 0, seconds: 0 }, 5, 100), 5);
  const rate = rateOf({ work: 10_000, seconds: 1_000 }, 5, 100);
  assert.ok(rate > 9.8 && rate < 10);
});

test("a network that several cells ask for is trained once, by the first; one that is there is not trained", async () => {
  await property([cells, fc.subarray([0, 1, 2, 3, 4, 5])], (asking, there) => {
    const trained = new Set(there.map((number) => `network ${number}`));
    const works = worksInOrder(asking, trained).map((work) => work!);
    const wanted = new Map(asking.flatMap(({ network }) => (network === null ? [] : [[network.id, network.work]])));
    const training = sum([...wanted].map(([id, work]) => (trained.has(id) ? 0 : work)));
    assert.is(sum(works), sum(asking.map(({ work }) => work!)) + training);
    works.forEach((work, i) => {
      const { network, work: own } = asking[i]!;
      const isFirst = asking.findIndex((other) => other.network?.id === network?.id) === i;
      const trains = network !== null && isFirst && !trained.has(network.id);
      assert.is(work, own! + (trains ? network.work : 0));
    });
  })();
});

interface Recorded {
  readonly seconds: number;
  readonly workers: number;
  /** Mean seconds of a worker's start. */
  readonly start: number;
  readonly cells: readonly { readonly setting: Readonly<Record<string, unknown>>; readonly seconds: number }[];
}
/** Two runs of each experiment at scale `smoke`, each measured from nothing on a busy machine with two cores. */
const recorded: Readonly<Record<string, readonly [Recorded, Recorded]>> = JSON.parse(
  readFileSync(path.join(__dirname, "recorded-durations.json"), "utf8"),
);
const withoutSeed = ({ seed: _, ...others }: Readonly<Record<string, unknown>>) => JSON.stringify(others);

for (const [name, runs] of Object.entries(recorded)) {
  test(`once calibrated by one run of ${name}, the estimate of another is within a factor of two`, () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "estimate-test-"));
    try {
      const file = path.join(folder, "calibration.json");
      for (const [before, after] of [runs, [...runs].reverse() as [Recorded, Recorded]]) {
        const starts = calibration(file, [name, "start", String(before.seconds)]);
        starts.add({ work: 1, seconds: before.start });
        const pace = calibration(file, [name, "pace", String(before.seconds)]);
        for (const { seconds } of before.cells) pace.add({ work: 1e9, seconds });
        for (const kept of [starts, pace]) kept.save();
        const known = (of: string) => calibration(file, [name, of, String(before.seconds)]);
        const like = ({ setting }: Recorded["cells"][number]) =>
          before.cells
            .filter((cell) => withoutSeed(cell.setting) === withoutSeed(setting))
            .map(({ seconds }) => seconds);
        const byNetwork = name === "block-deletion";
        const spans = after.cells.map((cell) =>
          byNetwork ? cellSpan(1e9, [], known("pace")) : cellSpan(null, like(cell), known("pace")),
        );
        const { low, middle, high, unknown } = estimateOf(spans, startSpan(known("start")), after.workers);
        assert.is(unknown, 0);
        assert.ok(low <= middle && middle <= high);
        const ratio = middle / after.seconds;
        assert.ok(ratio > 0.5 && ratio < 2, `expected ${middle} s, took ${after.seconds} s`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("what nobody has measured is called unknown, and comes on top of what is known", () => {
  const pace = calibration("/nowhere/calibration.json", ["no such run"]);
  assert.is(cellSpan(null, [], pace), null);
  const start = startSpan(pace);
  assert.is(estimateText(estimateOf([null, null], start, 2), 2), "unknown, as no such cell was measured here yet");
  const some = estimateOf([null, { low: 40, middle: 50, high: 60 }], { low: 0, middle: 0, high: 0 }, 2);
  assert.is(estimateText(some, 2), "40 s to 1 min, and 1 cell of unknown time");
});

test("durations read as people say them", () => {
  const said = [0.2, 1, 59.4, 60, 119.6, 150, 600, 3599, 3600, 4210, 172_800, 200_000].map(duration);
  assert.equal(said, [
    "less than 1 s",
    "1 s",
    "59 s",
    "1 min",
    "2 min",
    "2 min 30 s",
    "10 min",
    "1 h",
    "1 h",
    "1 h 10 min",
    "2 d 0 h",
    "2 d 8 h",
  ]);
});

test.run();
