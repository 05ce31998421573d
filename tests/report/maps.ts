/** Maps of verdicts as they may come, for laws that hold for every map. */
import fc from "fast-check";
import type { Verdict } from "../../src/claims";
import type { MapValue, VerdictMap } from "../../src/report/tables/verdict-map";

export const verdicts = fc.constantFrom<Verdict>(
  "reproduced",
  "partly",
  "not reproduced",
  "inconclusive",
  "not testable here",
);

const values: fc.Arbitrary<MapValue[]> = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 4 }),
  fc.uniqueArray(fc.double({ min: 1e-5, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  fc.constant<MapValue[]>([true, false]),
  fc.subarray(["resnet20", "<b>", "plain & 20", "é"], { minLength: 1 }),
);

const effect: fc.Arbitrary<VerdictMap["points"][number]["effect"]> = fc
  .tuple(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.double({ min: 0, max: 10, noNaN: true }),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([estimate, reach, count]) => ({
    ...{ estimate, low: estimate - reach, high: estimate + reach, count, confidence: 0.95 },
  }));
/** What rows that cannot tell the effect are judged. */
const untold = { effect: null, verdict: "inconclusive" as const, range: "" };
const range = fc.constantFrom("", "resnet20; 400 mini-batches; mnist, 14 x 14 pixels");

/** Over one to four parameters; some points are missing. */
export const verdictMap: fc.Arbitrary<VerdictMap> = fc.array(values, { minLength: 1, maxLength: 4 }).chain((axes) => {
  const parameters = axes.map((_, i) => ({ name: `p${i}`, unit: i === 0 ? "images" : "" }));
  const places = axes.reduce<Record<string, MapValue>[]>(
    (found, along, i) => found.flatMap((place) => along.map((value) => ({ ...place, [`p${i}`]: value }))),
    [{}],
  );
  return fc.record({
    claim: fc.constant({ id: "E1" as const, effectName: "median rise", unit: "points" }),
    parameters: fc.constant(parameters),
    points: fc
      .tuple(
        fc.array(
          fc.oneof({ weight: 7, arbitrary: fc.record({ effect, verdict: verdicts, range }) }, fc.constant(untold)),
          {
            ...{ minLength: places.length, maxLength: places.length },
          },
        ),
        fc.subarray([...places.keys()], { minLength: 1 }),
      )
      .map(([found, kept]) => kept.map((i) => ({ values: places[i]!, ...found[i]! }))),
    threshold: fc.constantFrom(5, -1),
  });
});
