import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { learningRate } from "../../src/training";
import { law } from "../property";

const steps = fc.integer({ min: 2, max: 5000 });
const rise = fc.double({ min: 0.05, max: 0.9, noNaN: true });

law("one cycle rises to its peak, then falls, and never leaves (0, peak]", [steps, rise], (total, share) => {
  const rates = Array.from({ length: total }, (_, step) =>
    learningRate({ kind: "one cycle", peak: 2, rise: share }, step, total),
  );
  const top = rates.indexOf(Math.max(...rates));
  assert.ok(rates.every((rate) => rate > 0 && rate <= 2));
  assert.ok(rates.every((rate, i) => i === 0 || (i <= top ? rate >= rates[i - 1]! : rate <= rates[i - 1]!)));
  assert.ok(Math.abs(top - share * total) <= 2, `peak at step ${top} of ${total}, share ${share}`);
});

test("drops are at their shares of the steps: He 2015's 32,000 and 48,000 of 64,000", () => {
  const schedule = { kind: "drops", initial: 0.1, at: [0.5, 0.75], warmUpSteps: 400 } as const;
  const rates = [0, 399, 400, 31_999, 32_000, 47_999, 48_000, 63_999].map((step) =>
    learningRate(schedule, step, 64_000),
  );
  const expected = [0.01, 0.01, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001];
  rates.forEach((rate, i) => {
    assert.ok(Math.abs(rate - expected[i]!) < 1e-12, `${rate} for ${expected[i]}`);
  });
});

test.run();
