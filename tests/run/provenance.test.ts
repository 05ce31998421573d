import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { spans } from "../../src/run/provenance";
import { law } from "../property";

const start = Date.parse("2024-05-01T12:00:00.000Z");
/** The record of a cell that was measured from one millisecond to another. */
const measured = (from: number, to: number) => ({
  finished: new Date(start + to).toISOString(),
  seconds: (to - from) / 1000,
});
const length = fc.integer({ min: 0, max: 5000 });

law(
  "cells one after another are the work of one worker, busy for as long as they took together",
  [fc.array(length, { minLength: 1, maxLength: 20 })],
  (lengths) => {
    let at = 0;
    const records = lengths.map((taken) => {
      at += taken;
      return measured(at - taken, at);
    });
    const { workers, seconds, started, ended } = spans(records);
    assert.is(workers, 1);
    assert.is(seconds, at / 1000);
    assert.is(started, new Date(start).toISOString());
    assert.is(ended, new Date(start + at).toISOString());
  },
);

law(
  "cells that overlap count as many workers as run at once, and their time once",
  [fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })],
  (count, taken) => {
    const records = Array.from({ length: count }, (_, index) => measured(index, count + taken + index));
    const { workers, seconds } = spans(records);
    assert.is(workers, count);
    assert.is(seconds, (2 * count + taken - 1) / 1000);
  },
);

test.run();
