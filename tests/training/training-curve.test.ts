import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { finalLoss, type TrainingEntry, trainingCurve } from "../../src/training";
import { law } from "../property";

const finite = fc.double({ min: 0, max: 100, noNaN: true });
/** Entries that each stand for 1 to 30 steps. */
const history = fc
  .array(fc.record({ steps: fc.integer({ min: 1, max: 30 }), loss: finite, accuracy: finite, blocksRun: finite }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) => {
    let step = 0;
    return parts.map(({ steps, ...means }): TrainingEntry => {
      step += steps;
      return { ...means, step, learningRate: 1 / step };
    });
  });

/** Sum over all steps of what the entries give the mean of. */
function total(entries: readonly TrainingEntry[], value: (entry: TrainingEntry) => number): number {
  return entries.reduce((sum, entry, i) => sum + value(entry) * (entry.step - (entries[i - 1]?.step ?? 0)), 0);
}

law(
  "a curve has at most the points asked for, ends where the training ends, and keeps all sums",
  [history, fc.integer({ min: 1, max: 80 })],
  (entries, points) => {
    const curve = trainingCurve(entries, points);
    assert.ok(curve.length >= 1 && curve.length <= points);
    assert.is(curve.at(-1)!.step, entries.at(-1)!.step);
    assert.is(curve.at(-1)!.learningRate, entries.at(-1)!.learningRate);
    for (const value of ["loss", "accuracy", "blocksRun"] as const) {
      const [before, after] = [entries, curve].map((of) => total(of, (entry) => entry[value]));
      assert.ok(Math.abs(before! - after!) <= 1e-9 * (1 + before!), `${value}: ${before}, then ${after}`);
    }
  },
  { numRuns: 500 },
);

law("a history with no more entries than points is its own curve", [history, fc.nat(20)], (entries, more) => {
  trainingCurve(entries, entries.length + more).forEach((point, i) => {
    const { loss, step } = entries[i]!;
    assert.is(point.step, step);
    assert.ok(Math.abs(point.loss - loss) <= 1e-12 * (1 + loss));
  });
});

law("the final loss lies among the losses, and over the whole training is its mean", [history], (entries) => {
  const steps = entries.at(-1)!.step;
  const whole = total(entries, ({ loss }) => loss) / steps;
  for (const given of [steps, steps + 1, 10 * steps]) {
    assert.ok(Math.abs(finalLoss(entries, given) - whole) <= 1e-9 * (1 + whole));
  }
  const losses = entries.map(({ loss }) => loss);
  for (let given = 1; given < steps; given += 7) {
    const found = finalLoss(entries, given);
    assert.ok(found >= Math.min(...losses) - 1e-9 && found <= Math.max(...losses) + 1e-9);
  }
});

test("two entries in one point are weighted by their steps, by hand", () => {
  const entry = (step: number, loss: number): TrainingEntry => ({
    ...{ step, loss, accuracy: loss, learningRate: 0.1, blocksRun: 3 },
  });
  const entries = [entry(20, 4), entry(40, 2), entry(45, 1)]; // the last stands for 5 steps
  assert.equal(
    trainingCurve(entries, 2).map(({ step, loss }) => [step, loss]),
    [
      [40, 3],
      [45, 1],
    ],
  );
  assert.is(finalLoss(entries, 5), 1);
  assert.ok(Math.abs(finalLoss(entries, 6) - (20 * 2 + 5 * 1) / 25) < 1e-12); // reaches into the second entry: all of it
  assert.equal(trainingCurve([], 3), []);
});

test("no points, no steps and no entries are refused", () => {
  const [entry] = [{ step: 1, loss: 1, accuracy: 1, learningRate: 1, blocksRun: 1 }];
  assert.throws(() => trainingCurve([entry!], 0), /need at least 1 point, got 0/);
  assert.throws(() => finalLoss([entry!], 0), /need at least 1 step, got 0/);
  assert.throws(() => finalLoss([], 1), /no final loss/);
});

test.run();
