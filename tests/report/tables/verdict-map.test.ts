import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Verdict } from "../../../src/claims";
import {
  type MapValue,
  mapColumns,
  mapRows,
  mapTable,
  type TurnPoint,
  turnsAlong,
  type VerdictMap,
  whereItTurns,
} from "../../../src/report/tables/verdict-map";
import { law } from "../../property";
import { verdictMap, verdicts } from "../maps";
import { sampleMaps } from "../sample";

const verdictOf: Readonly<Record<string, Verdict | null>> = {
  reproduced: "reproduced",
  "partly reproduced": "partly",
  "not reproduced": "not reproduced",
  inconclusive: "inconclusive",
  "not run": null,
};

/** Reads a sentence of `turnsAlong` as a person does: the verdict that it gives for each of the values. */
function asRead(sentence: string, values: readonly MapValue[]): (Verdict | null | undefined)[] {
  const clauses = sentence
    .replace("not monotone: ", "")
    .replace("steps = ", "")
    .split("; ")
    .map((clause) => /^((?:partly |not )?(?:reproduced|run)|inconclusive) (.*)$/.exec(clause)!);
  const covers = (places: string, value: MapValue): boolean =>
    places.startsWith("with ")
      ? places
          .slice("with ".length)
          .split(/, | and /)
          .includes(String(value))
      : places.split(/, | and /).some((place) => {
          const [, all, at, upTo, from, to] =
            /^(at (?:any|every) value tried.*)|^at (\S+)$|^up to (\S+)$|^from (\S+) (?:on|to (\S+))$/.exec(place) ?? [];
          if (all !== undefined) return true;
          if (at !== undefined) return Number(at) === value;
          if (upTo !== undefined) return Number(value) <= Number(upTo);
          return (
            from !== undefined && Number(value) >= Number(from) && (to === undefined || Number(value) <= Number(to))
          );
        });
  return values.map((value) => {
    const found = clauses.filter(([, , places]) => covers(places!, value));
    return found.length === 1 ? verdictOf[found[0]![1]!] : undefined; // none, or a contradiction
  });
}

const outcome = fc.option(verdicts, { freq: 8 });
const numbers = fc
  .uniqueArray(fc.oneof(fc.integer({ min: -50, max: 5000 }), fc.double({ min: 1e-5, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((values) => values.sort((one, other) => one - other));
const sequence: fc.Arbitrary<TurnPoint[]> = fc
  .oneof(numbers, fc.subarray(["resnet20", "plain20", "vgg11", "lenet", "true"], { minLength: 1 }))
  .chain((values: readonly MapValue[]) =>
    fc
      .array(outcome, { minLength: values.length, maxLength: values.length })
      .map((found) => values.map((value, i) => [value, found[i]!] as const)),
  );

law(
  "the words give the verdict at every value, and no other",
  [sequence],
  (points) => {
    const values = points.map(([value]) => value);
    assert.equal(
      asRead(turnsAlong("steps", points), values),
      points.map(([, verdict]) => verdict),
    );
  },
  { numRuns: 500 },
);

law("verdicts that change back are called not monotone, and no others", [sequence], (points) => {
  const judged = points
    .map(([, verdict]) => verdict)
    .filter((verdict) => verdict !== null && verdict !== "inconclusive");
  const changes = judged.filter((verdict, i) => verdict !== judged[i - 1]).length;
  const comesBack = changes > new Set(judged).size && points.every(([value]) => typeof value === "number");
  assert.is(turnsAlong("steps", points).startsWith("not monotone: "), comesBack);
});

test("the words are those of a paper", () => {
  const said = (...found: readonly (Verdict | null)[]) =>
    turnsAlong(
      "steps",
      found.map((verdict, i) => [100 * 2 ** i, verdict] as const),
    );
  assert.is(
    said("not reproduced", "reproduced", "reproduced"),
    "reproduced from steps = 200 on; not reproduced at 100",
  );
  assert.is(
    said("reproduced", "reproduced", "inconclusive", "not reproduced", "not reproduced"),
    "reproduced up to steps = 200; inconclusive at 400; not reproduced from 800 on",
  );
  assert.is(said("reproduced", "reproduced", "reproduced"), "reproduced at every value tried, steps = 100 to 400");
  assert.is(said("not reproduced", "not reproduced"), "not reproduced at any value tried, steps = 100 and 200");
  assert.is(said("partly"), "partly reproduced at steps = 100");
  assert.is(
    said("reproduced", "not reproduced", "reproduced", "reproduced"),
    "not monotone: reproduced at steps = 100 and from 400 to 800; not reproduced at 200",
  );
  assert.is(said("reproduced", null, "reproduced"), "reproduced at steps = 100 and at 400; not run at 200");
  assert.is(
    turnsAlong("network", [
      ["resnet20", "reproduced"],
      ["plain20", "not reproduced"],
      ["resnet32", "reproduced"],
    ]),
    "reproduced with network = resnet20 and resnet32; not reproduced with plain20",
  );
});

test("over several parameters there is a line for each value of the others, equal ones together", () => {
  const [one, two, three] = sampleMaps.map(whereItTurns);
  assert.is(one!.length, 1);
  assert.match(one![0]!, /^reproduced from steps = 400 on; /);
  for (const line of two!) assert.match(line, /^trainingImages = [\d, and]+: /);
  assert.is(three!.filter((line) => line.startsWith("network = resnet20, augmentation = false: ")).length, 1);
  const [map] = sampleMaps;
  const grid = (verdict: Verdict): VerdictMap => ({
    ...sampleMaps[1]!,
    points: sampleMaps[1]!.points.map((point) => ({ ...point, verdict })),
  });
  assert.equal(whereItTurns(grid("reproduced")), ["reproduced at all 9 points"]);
  assert.equal(whereItTurns(grid("not reproduced")), ["not reproduced at any of the 9 points"]);
  assert.equal(whereItTurns({ ...map!, points: map!.points.slice(0, 1) }), ["not reproduced at steps = 100"]);
});

law("the order of the points changes nothing", [verdictMap, fc.nat()], (map, turns) => {
  const first = turns % map.points.length;
  const shuffled = [...map.points.slice(first), ...map.points.slice(0, first)].reverse();
  const again: VerdictMap = { ...map, points: shuffled };
  const numeric = map.points.every(({ values }) => Object.values(values).every((value) => typeof value === "number"));
  if (numeric) assert.equal(whereItTurns(again), whereItTurns(map));
  const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  assert.equal(sorted(mapRows([again])), sorted(mapRows([map])));
});

law("table and CSV have every point once, with its numbers", [verdictMap], (map) => {
  const rows = mapRows([map]);
  assert.is(rows.length, map.points.length);
  for (const { values, effect, verdict } of map.points) {
    const found = rows.filter((row) => map.parameters.every(({ name }) => row[name] === values[name]));
    assert.is(found.length, 1);
    const { effect: estimate, ci_low, ci_high, seeds } = found[0]!;
    assert.equal([estimate, ci_low, ci_high, seeds], [effect.estimate, effect.low, effect.high, effect.count]);
    assert.is(found[0]!.verdict, verdict);
  }
  const table = mapTable(map);
  assert.is(table.rows.length, map.points.length);
  for (const row of table.rows) assert.is(row.length, table.headings.length);
  assert.equal(
    mapColumns([map]).map(({ name }) => name),
    Object.keys(rows[0]!),
  );
});

test("columns of a map have the types of its values", () => {
  const types = sampleMaps.map((map) => mapColumns([map]).slice(1, 1 + map.parameters.length).map(({ type }) => type)); // biome-ignore format: one line
  assert.equal(types, [["integer"], ["integer", "integer"], ["string", "boolean", "integer"]]);
  assert.equal(mapColumns([]), []);
});

test("a map without parameters or points, with a value missing or a point twice is refused", () => {
  const [map] = sampleMaps;
  const [point] = map!.points;
  const refused = (change: Partial<VerdictMap>, message: RegExp) =>
    assert.throws(() => whereItTurns({ ...map!, ...change }), message);
  refused({ parameters: [] }, /need at least one parameter/);
  refused({ points: [] }, /need at least one parameter and one point/);
  refused({ points: [point!, point!] }, /two points at steps = 100/);
  refused({ points: [{ ...point!, values: {} }] }, /no value of "steps"/);
});

test.run();
