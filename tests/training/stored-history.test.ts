import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Checkpoint, storedHistory, type TrainingEntry, writeCheckpoint } from "../../src/training";
import { law } from "../property";

const folder = mkdtempSync(join(tmpdir(), "stored-history-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const [trained, underWay, neither] = ["trained", "under-way", "neither"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const directory of [trained, underWay, neither]) mkdirSync(directory);

const share = fc.double({ min: 0, max: 1, noNaN: true });
const history = fc
  .array(
    fc.record(
      { loss: fc.double({ min: 0, max: 1e6, noNaN: true }), accuracy: share, learningRate: share, blocksRun: share },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 20 },
  )
  .map((entries) => entries.map((entry, i): TrainingEntry => ({ step: 20 * (i + 1), ...entry })));
const tensors = fc
  .float32Array({ minLength: 1, maxLength: 50, noNaN: true })
  .map((data) => new Map([["stem/kernel", { shape: [data.length], data: Float32Array.from(data) }]]));

function checkpoint(directory: string, given: readonly TrainingEntry[], weights: Checkpoint["weights"]): void {
  const step = given.at(-1)!.step;
  writeCheckpoint(join(directory, "checkpoint.safetensors"), { step, history: given, weights, velocities: weights });
}

law(
  "of a training under way the history of its last checkpoint is read",
  [history, tensors],
  (given, weights) => {
    checkpoint(underWay, given, weights);
    const stored = storedHistory(underWay)!;
    assert.equal(stored.history, given);
    assert.not(stored.done);
    assert.ok(Math.abs(stored.written - Date.now()) < 60_000);
  },
  { numRuns: 20 },
);

law(
  "of a trained network its whole history is read, whatever checkpoint was left behind",
  [history, history, tensors],
  (given, older, weights) => {
    checkpoint(trained, older, weights);
    writeFileSync(join(trained, "history.json"), `${JSON.stringify(given, null, 2)}\n`);
    const stored = storedHistory(trained)!;
    assert.equal(stored.history, given);
    assert.ok(stored.done);
  },
  { numRuns: 20 },
);

law(
  "a damaged file gives no history, or that of its head: never a crash",
  [history, tensors, fc.nat(), fc.nat({ max: 255 })],
  (given, weights, at, value) => {
    checkpoint(neither, given, weights);
    const file = join(neither, "checkpoint.safetensors");
    const bytes = Uint8Array.from(readFileSync(file));
    bytes[at % bytes.length] = value;
    writeFileSync(file, bytes.subarray(0, bytes.length - (at % 3)));
    const stored = storedHistory(neither);
    if (stored !== null) assert.ok(stored.history.every(({ step }) => Number.isInteger(step)));
  },
  { numRuns: 50 },
);

test("where there is no file, or one that is none of ours, there is no history", () => {
  assert.is(storedHistory(join(folder, "nothing-here")), null);
  for (const content of ["", "1234", "[{}]", "{", "null", '[{"step": -1, "loss": 1}]']) {
    writeFileSync(join(neither, "checkpoint.safetensors"), content);
    assert.is(storedHistory(neither), null, content);
  }
  writeFileSync(join(neither, "history.json"), "[{");
  assert.is(storedHistory(neither), null);
});

test.run();
