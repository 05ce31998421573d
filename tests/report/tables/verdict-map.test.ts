import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Verdict } from "../../../src/claims";
import { csvText, parseCsv } from "../../../src/report/tables/csv";
import {
  type MapAxis,
  type MapValue,
  mapAxes,
  mapColumns,
  mapRows,
  mapsOf,
  mapTable,
  pointAt,
  pointColumns,
  pointRows,
  rowsAt,
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
  "not testable": "not testable here",
  "not run": null,
};

/** A value as `turnsAlong` writes it, as a number. */
const numberIn = (text: string) => Number(text.replaceAll(",", ""));

/** Reads a sentence of `turnsAlong` as a person does: the verdict that it gives for each of the values. */
function asRead(sentence: string, values: readonly MapValue[], unit = ""): (Verdict | null | undefined)[] {
  const clauses = sentence
    .replace("not monotone: ", "")
    .replace("steps = ", "")
    .replace(unit === "" ? "\0" : ` ${unit}`, "")
    .split("; ")
    .map((clause) => /^((?:partly |not )?(?:reproduced|run)|inconclusive|not testable) (.*)$/.exec(clause)!);
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
          if (at !== undefined) return numberIn(at) === value;
          if (upTo !== undefined) return Number(value) <= numberIn(upTo);
          return (
            from !== undefined && Number(value) >= numberIn(from) && (to === undefined || Number(value) <= numberIn(to))
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
const unit = fc.constantFrom("", "mini-batches", "steps of Adam");

law(
  "the words give the verdict at every value, and no other",
  [sequence, unit],
  (points, unit) => {
    const values = points.map(([value]) => value);
    assert.equal(
      asRead(turnsAlong({ name: "steps", unit }, points), values, unit),
      points.map(([, verdict]) => verdict),
    );
  },
  { numRuns: 500 },
);

law("the parameter is named once: by its unit, and by its name where it has none", [sequence, unit], (points, unit) => {
  const said = turnsAlong({ name: "steps", unit }, points);
  assert.is(said.split("steps = ").length - 1, unit === "" ? 1 : 0, said);
  if (unit !== "") assert.is(said.split(` ${unit}`).length - 1, 1, said);
});

law("verdicts that change back are called not monotone, and no others", [sequence, unit], (points, unit) => {
  const judged = points
    .map(([, verdict]) => verdict)
    .filter((verdict) => verdict !== null && verdict !== "inconclusive" && verdict !== "not testable here");
  const changes = judged.filter((verdict, i) => verdict !== judged[i - 1]).length;
  const comesBack = changes > new Set(judged).size && points.every(([value]) => typeof value === "number");
  assert.is(turnsAlong({ name: "steps", unit }, points).startsWith("not monotone: "), comesBack);
});

law(
  "a verdict that turns once is said to hold from there on",
  [numbers.filter(({ length }) => length > 1), fc.nat(), unit],
  (values, turn, unit) => {
    const from = 1 + (turn % (values.length - 1));
    const points = values.map((value, i): TurnPoint => [value, i < from ? "not reproduced" : "reproduced"]);
    const [reproduced, not] = turnsAlong({ name: "steps", unit }, points).split("; ");
    assert.match(reproduced!, from === values.length - 1 ? /^reproduced at \S/ : /^reproduced from .* on$/);
    assert.match(not!, from === 1 ? /^not reproduced at \S/ : /^not reproduced up to \S/);
  },
);

law(
  "one verdict throughout is one clause, over the first and the last value",
  [numbers, verdicts, unit],
  (values, verdict, unit) => {
    const said = turnsAlong(
      { name: "steps", unit },
      values.map((value) => [value, verdict] as const),
    );
    assert.not.match(said, ";");
    assert.not.match(said, "monotone");
    assert.is(said.includes("value tried"), values.length > 1);
  },
);

test("the words are those of a paper", () => {
  const said = (...found: readonly (Verdict | null)[]) =>
    turnsAlong(
      { name: "steps", unit: "mini-batches" },
      found.map((verdict, i) => [100 * 5 ** i, verdict] as const),
    );
  assert.is(
    said("not reproduced", "not reproduced", "reproduced", "reproduced"),
    "reproduced from 2,500 mini-batches on; not reproduced up to 500",
  );
  assert.is(
    said("reproduced", "reproduced", "inconclusive", "not reproduced", "not reproduced"),
    "reproduced up to 500 mini-batches; inconclusive at 2,500; not reproduced from 12,500 on",
  );
  assert.is(
    said("reproduced", "reproduced", "reproduced"),
    "reproduced at every value tried, 100 to 2,500 mini-batches",
  );
  assert.is(said("not reproduced", "not reproduced"), "not reproduced at any value tried, 100 and 500 mini-batches");
  assert.is(said("partly"), "partly reproduced at 100 mini-batches");
  assert.is(
    said("reproduced", "not reproduced", "reproduced", "reproduced"),
    "not monotone: reproduced at 100 mini-batches and from 2,500 to 12,500; not reproduced at 500",
  );
  assert.is(said("reproduced", null, "reproduced"), "reproduced at 100 mini-batches and at 2,500; not run at 500");
  const unitless = (name: string, ...points: TurnPoint[]) => turnsAlong({ name, unit: "" }, points);
  assert.is(
    unitless("width", [8, "not reproduced"], [16, "reproduced"], [32, "reproduced"]),
    "reproduced from width = 16 on; not reproduced at 8",
  );
  assert.is(
    unitless("network", ["resnet20", "reproduced"], ["plain20", "not reproduced"], ["resnet32", "reproduced"]),
    "reproduced with network = resnet20 and resnet32; not reproduced with plain20",
  );
  assert.is(
    turnsAlong({ name: "depths", unit: "layers" }, [
      ["20,32", "inconclusive"],
      ["20,44", "reproduced"],
    ]),
    "reproduced with (20, 44) layers; inconclusive with (20, 32)",
  );
});

law("over two parameters the lines give the verdict at every point, and no other", [verdictMap], (map) => {
  if (map.parameters.length !== 2) return;
  const [first, second] = mapAxes(map) as [MapAxis, MapAxis];
  const [along, other] = !first.numeric && second.numeric ? [second, first] : [first, second];
  const lines = whereItTurns({ ...map, parameters: map.parameters.map((one) => ({ ...one, unit: "" })) });
  if (lines.length === 1 && /points$/.test(lines[0]!)) {
    assert.is(new Set(map.points.map(({ verdict }) => verdict)).size, 1);
    assert.is(map.points.length, along.values.length * other.values.length);
    return;
  }
  for (const value of other.values) {
    const own = lines.filter((line) => {
      const [, values] = / = (.*?): (?=(?:partly |not )|reproduced|inconclusive)/.exec(line)!;
      return values!.split(/, | and /).some((text) => text === String(value) || numberIn(text) === value);
    });
    const [line] = own;
    assert.is(own.length, 1, `${value}: ${lines.join(" | ")}`);
    const said = line!.slice(/: (?=(?:partly |not )|reproduced|inconclusive)/.exec(line!)!.index + 2);
    const read = asRead(said.replace(`${along.name} = `, ""), along.values);
    assert.equal(
      read,
      along.values.map((place) => pointAt(map, { [along.name]: place, [other.name]: value })?.verdict ?? null),
    );
  }
});

test("over several parameters there is a line for each value of the others, equal ones together", () => {
  const [one, two, three] = sampleMaps.map(whereItTurns);
  assert.is(one!.length, 1);
  assert.match(one![0]!, /^reproduced from 400 mini-batches on; /);
  for (const line of two!) assert.match(line, /^with [\d, and]+ images: /);
  assert.is(three!.filter((line) => line.startsWith("network = resnet20, augmentation = false: ")).length, 1);
  const [map] = sampleMaps;
  const grid = (verdict: Verdict): VerdictMap => ({
    ...sampleMaps[1]!,
    points: sampleMaps[1]!.points.map((point) => ({ ...point, verdict })),
  });
  assert.equal(whereItTurns(grid("reproduced")), ["reproduced at all 9 points"]);
  assert.equal(whereItTurns(grid("not reproduced")), ["not reproduced at any of the 9 points"]);
  assert.equal(whereItTurns({ ...map!, points: map!.points.slice(0, 1) }), ["not reproduced at 100 mini-batches"]);
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
  for (const { values, effect, verdict, range } of map.points) {
    const found = rows.filter((row) => map.parameters.every(({ name }) => row[name] === values[name]));
    assert.is(found.length, 1);
    const { effect: estimate, ci_low, ci_high, seeds } = found[0]!;
    const told = effect ?? { estimate: null, low: null, high: null, count: 0 };
    assert.equal([estimate, ci_low, ci_high, seeds], [told.estimate, told.low, told.high, told.count]);
    assert.equal([found[0]!.verdict, found[0]!.range], [verdict, range]);
  }
  const table = mapTable(map);
  assert.is(table.rows.length, map.points.length);
  for (const row of table.rows) assert.is(row.length, table.headings.length);
  assert.equal(
    mapColumns([map]).map(({ name }) => name),
    Object.keys(rows[0]!),
  );
});

law(
  "maps are read back from their table as they were, but for thresholds",
  [verdictMap, fc.boolean()],
  (map, clash) => {
    const rename = (name: string) => (clash && name === "p0" ? "seeds" : name);
    const { threshold: _, ...written } = {
      ...map,
      parameters: map.parameters.map((one) => ({ ...one, name: rename(one.name) })),
      points: map.points.map((point) => ({
        ...point,
        values: Object.fromEntries(Object.entries(point.values).map(([name, value]) => [rename(name), value])),
      })),
    };
    const columns = mapColumns([written]);
    const text = csvText(
      mapRows([written]),
      columns.map(({ name }) => name),
    );
    const [read, ...others] = mapsOf(parseCsv(text, columns), columns, { claims: [map.claim], confidence: 0.95 });
    assert.equal(others, []);
    const sorted = (points: VerdictMap["points"]) => points.map((point) => JSON.stringify(point)).sort();
    assert.equal({ ...read, points: [] }, { ...written, points: [] });
    assert.equal(sorted(read!.points), sorted(written.points));
    assert.equal(whereItTurns(read!), whereItTurns({ ...written, points: read!.points }));
  },
);

law(
  "the rows of each point come back from the table of all of them, whatever the values' text",
  [
    fc.uniqueArray(fc.record({ seeds: fc.constantFrom("1", "1,2", "01"), b: fc.string({ minLength: 1 }) }), {
      selector: (point) => JSON.stringify(point),
    }),
    fc.array(fc.array(fc.record({ seed: fc.nat(), error: fc.option(fc.double({ noNaN: true })) }))),
  ],
  (typed, rowsOf) => {
    const points = typed.map((point, i) => ({ point, rows: rowsOf[i] ?? [] }));
    const columns = pointColumns(
      [{ parameters: ["seeds", "b"].map((name) => ({ name, unit: "" })) }],
      [
        { name: "seed", type: "integer", unit: "", description: "" },
        { name: "error", type: "number", unit: "%", description: "" },
      ],
    );
    const text = csvText(
      pointRows(points),
      columns.map(({ name }) => name),
    );
    const read = parseCsv(text, columns);
    for (const { point, rows } of points)
      assert.equal(
        rowsAt(point, read),
        rows.map((row) => ({ ...row })),
      );
  },
);

test("a table that holds no map is refused in words", () => {
  const [map] = sampleMaps;
  const [columns, rows] = [mapColumns([map!]), mapRows([map!])];
  const refused = (change: object, says: RegExp, fields = columns) =>
    assert.throws(() => mapsOf([{ ...rows[0]!, ...change }], fields, { claims: [map!.claim], confidence: 0.95 }), says);
  refused({ claim: "Z9" }, /there is no claim Z9/);
  refused({ verdict: "true" }, /there is no verdict "true"/);
  refused({ steps: null }, /column steps: a value is missing/);
  refused({ ci_low: null }, /an effect has not all of its numbers/);
  refused(
    {},
    /it has no column "verdict"/,
    columns.filter(({ name }) => name !== "verdict"),
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
