import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { duration } from "../../src/base";
import { rateOf, secondsLeft, type WeighedCell, worksInOrder } from "../../src/run/estimate";
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
    const works = worksInOrder(asking, trained);
    const wanted = new Map(asking.flatMap(({ network }) => (network === null ? [] : [[network.id, network.work]])));
    const training = sum([...wanted].map(([id, work]) => (trained.has(id) ? 0 : work)));
    assert.is(sum(works), sum(asking.map(({ work }) => work)) + training);
    works.forEach((work, i) => {
      const { network, work: own } = asking[i]!;
      const isFirst = asking.findIndex((other) => other.network?.id === network?.id) === i;
      const trains = network !== null && isFirst && !trained.has(network.id);
      assert.is(work, own + (trains ? network.work : 0));
    });
  })();
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
