/**
 * Whatever rows cells can yield, every experiment judges and draws them: each claim has a verdict or says why it cannot be told.
 *
 * Rows are shaped as those of the experiment's reference run (of a smoke run, measured here, where there is none of today's
 * parameters), those of a smoke cell as those of the reference cell most like it.
 * Columns that differ between seeds were measured: they get other values, which are constant, zero, as large and as small as
 * single precision has them, or missing. Cells, seeds and rows go missing as well.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runInFolder } from "../../src/archive/stored-run";
import {
  type Column,
  type Experiment,
  findExperiments,
  fixParameters,
  type ParameterValue,
  type ParameterValues,
  type Row,
  type RowValue,
  resolveParameters,
  type Setting,
  storedParameters,
} from "../../src/experiment";
import { buildByName, registerArchitecture } from "../../src/networks";
import {
  claimsColumns,
  claimsRows,
  csvText,
  figureThumbnail,
  paperFigure,
  parseCsv,
  renderReport,
  renderVerdicts,
  seriesStyles,
} from "../../src/report";
import { law } from "../property";
import { sampleContent } from "../report/sample";
import { smokeRun } from "../run/program";

const root = path.resolve(__dirname, "..", "..");
const experiments = findExperiments(path.join(root, "experiments"), []).map(({ definition }) => definition);
assert.ok(experiments.length > 0);

type Rows = readonly (Setting & Row)[];
type Params = ParameterValues<Experiment["parameters"]>;

/** Rows, with the parameters of the run that they are of. */
interface Base {
  readonly rows: Rows;
  readonly params: Params;
}

/** Seeds that a base has: enough for intervals, and few enough for haste. */
const keptSeeds = 2;

const folder = mkdtempSync(path.join(os.tmpdir(), "generated-rows-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** The reference run with its parameters, or a smoke run where the reference has other parameters than today's, or is none. */
async function measuredRun(definition: Experiment) {
  const reference = path.join(root, "results", "reference", definition.name);
  if (existsSync(reference)) {
    const run = runInFolder(reference);
    const read = storedParameters(run.provenance().parameters, definition);
    if ("values" in read) return { run, values: read.values };
  }
  const run = runInFolder(await smokeRun(definition.name, folder, "--seeds", String(keptSeeds)));
  const read = storedParameters(run.provenance().parameters, definition);
  assert.ok("values" in read, `${definition.name}: a run has other parameters than were declared`);
  return { run, values: read.values };
}

/** A base for the reference run, one for the scale `smoke`, and one for a custom network whose weights are given. */
async function basesOf(definition: Experiment): Promise<readonly Base[]> {
  const { run, values: measured } = await measuredRun(definition);
  const { cells } = run.provenance();
  const rows = run.rows().filter(({ seed }) => seed <= keptSeeds);
  const keys = Object.keys(cells[0]!.setting);
  const reference: Base = { rows, params: { ...measured, seeds: [1, 2] } as Params };

  const dataset = definition.datasets ?? ["mnist"];
  const smoke = resolveParameters(definition.parameters, {
    ...{ scale: "smoke", data: dataset[0] ?? null },
    overrides: { seeds: String(keptSeeds) },
  });
  const shaped = (params: Params, wanted: (cell: Setting) => boolean = () => true) =>
    definition
      .cells(params)
      .filter(wanted)
      .flatMap((cell) => rowsLike(cell, rows, keys));
  const bases = [reference, { rows: shaped(smoke.values), params: smoke.values }];
  const { customNetwork } = definition;
  if (customNetwork === undefined) return bases;

  const values: Readonly<Record<string, ParameterValue>> = smoke.values;
  const own = String(values[customNetwork.parameter]);
  const given = registerArchitecture(
    buildByName(own, { inputShape: [28, 28, 1], classes: 10 }),
    `given-${definition.name}`,
  );
  const fixed = { [customNetwork.parameter]: given, ...customNetwork.fixed, ...customNetwork.given };
  const { values: params } = fixParameters(definition.parameters, smoke, fixed as Record<string, ParameterValue>);
  const isOn = (cell: Setting) => Object.values(cell).includes(given);
  const all = definition.cells(params);
  return [...bases, { rows: shaped(params, all.some(isOn) ? isOn : undefined), params }];
}

/** Rows of a cell, as those of the cell that shares most of its setting. */
function rowsLike(cell: Setting, rows: Rows, keys: readonly string[]): (Setting & Row)[] {
  const likeness = (row: Row) => keys.filter((key) => row[key] === cell[key]).length;
  const best = rows.reduce((most, row) => (likeness(row) > likeness(most) ? row : most));
  return rows.filter((row) => keys.every((key) => row[key] === best[key])).map((row) => ({ ...row, ...cell }));
}

/** The columns that the seeds of a cell do not agree on, row by row: they were measured. */
function measuredColumns({ columns }: Experiment, rows: Rows): MeasuredColumn[] {
  const [first, second] = [1, 2].map((seed) => rows.filter((row) => row.seed === seed));
  const differs = (name: string) =>
    first!.some((row, i) => row[name] !== null && second![i] !== undefined && row[name] !== second![i]![name]);
  return Object.entries(columns)
    .filter(([name, { type }]) => ["number", "integer"].includes(type) && name !== "seed" && differs(name))
    .map(([name, { type }]) => ({ name, type, isSigned: rows.some((row) => Number(row[name]) < 0) }));
}

/** The largest and the smallest numbers of single precision, which networks compute in. */
const [huge, tiny] = [3.4028234663852886e38, 1.401298464324817e-45];

/** What becomes of a measured column: a value for all its rows, or one that goes through a list, or null for some. */
type Change = "as it is" | "none" | "some" | "alternating" | number;
const changes: readonly Change[] = [0, 1, -1, huge, -huge, tiny, 50, "alternating", "some", "none", "as it is"];

interface MeasuredColumn {
  readonly name: string;
  readonly type: Column["type"];
  /** Whether the reference run has it below zero. */
  readonly isSigned: boolean;
}

function changed(value: RowValue, i: number, change: Change, { type, isSigned }: MeasuredColumn): RowValue {
  if (change === "as it is" || value === null) return value;
  if (change === "none") return null;
  if (change === "some") return i % 3 === 0 ? null : value;
  const number = change === "alternating" ? [0, huge, tiny, -1][i % 4]! : change;
  const possible = isSigned ? number : Math.abs(number);
  return type === "integer" ? Math.trunc(Math.max(-(2 ** 53), Math.min(possible, 2 ** 53))) : possible;
}

/** Which rows are there. */
const selections: Readonly<Record<string, (rows: Rows) => Rows>> = {
  "all rows": (rows) => rows,
  "no row": () => [],
  "one seed": (rows) => rows.filter(({ seed }) => seed === 2),
  "the first row of each cell": (rows) => rows.filter((row, i) => rows[i - 1]?.seed !== row.seed),
  "a single row": (rows) => rows.slice(-1),
  "half of the rows": (rows) => rows.slice(0, Math.ceil(rows.length / 2)),
  "the other half": (rows) => rows.slice(Math.floor(rows.length / 2)),
  "every other row": (rows) => rows.filter((_, i) => i % 2 === 0),
  "rows of seed 1 missing in part": (rows) => rows.filter(({ seed }, i) => seed !== 1 || i % 2 === 1),
};

/** Judges and draws, and sees to it that tables, report and pictures can hold what comes of it. */
async function judgeAndDraw(definition: Experiment, rows: Rows, params: Params): Promise<void> {
  const judgements = definition.verdicts(rows, params);
  assert.equal(
    judgements.map(({ claim }) => claim.id),
    definition.claims.map(({ id }) => id),
  );
  for (const { claim, verdict, effect, reason, conditions } of judgements) {
    if (verdict === "not testable here") assert.match(reason, /^\S.{8,}\.$/s, claim.id);
    else if (effect === null) assert.match(reason, /^Cannot be told: \S.{8,}\.$/s, claim.id);
    else
      assert.ok(conditions.length > 0 && [effect.estimate, effect.low, effect.high].every(Number.isFinite), claim.id);
  }
  const figures = definition.figures(rows, params);
  for (const { id, caption, title } of figures)
    assert.not.match(`${title} ${caption}`.replace(/cannot be told \([^)]*\)/g, ""), /undefined|NaN|Infinity/, id);
  const table = claimsRows(judgements, { scale: "smoke", data: "mnist", commit: "", interim: false });
  assert.equal(
    parseCsv(
      csvText(
        table,
        claimsColumns.map(({ name }) => name),
      ),
      claimsColumns,
    ),
    table,
  );
  renderVerdicts(judgements, { colour: false, width: 80 });
  const styles = seriesStyles(figures);
  for (const figure of figures) {
    figureThumbnail(figure);
    paperFigure(figure, styles, 1);
  }
  await renderReport({ ...sampleContent, maps: [], judgements, figures });
}

async function declareTests(definition: Experiment) {
  const bases = await basesOf(definition);
  const columns = measuredColumns(definition, bases[0]!.rows);

  const alter = (rows: Rows, change: (column: number) => Change): Rows =>
    rows.map((row, i) => ({
      ...row,
      ...Object.fromEntries(
        columns.map((column, c) => [column.name, changed(row[column.name]!, i, change(c), column)]),
      ),
    }));

  const { rows: measured, params } = bases[0]!;
  test(`${definition.name}: rows of every kind are judged and drawn`, async () => {
    const faults: string[] = [];
    const cases: [string, Rows][] = [
      ...Object.entries(selections).map(([what, select]): [string, Rows] => [what, select(measured)]),
      ...changes.map((change): [string, Rows] => [`measured: ${change}`, alter(measured, () => change)]),
    ];
    for (const [what, some] of cases) {
      await judgeAndDraw(definition, some, params).catch((error: Error) => {
        faults.push(`${what}: ${error.stack?.split("\n").slice(0, 6).join("\n")}`);
      });
    }
    assert.ok(faults.length === 0, faults.join("\n\n"));
  });

  const change = fc.constantFrom(...changes);
  law(
    `${definition.name}: so are those of other parameters, whose columns change alike or one by one`,
    [
      fc.nat(bases.length - 1),
      fc.constantFrom(...Object.keys(selections)),
      fc.oneof(
        change.map((one) => columns.map(() => one)),
        fc.array(change, { minLength: columns.length, maxLength: columns.length }),
      ),
    ],
    (base, selection, chosen) =>
      judgeAndDraw(
        definition,
        alter(selections[selection]!(bases[base]!.rows), (column) => chosen[column]!),
        bases[base]!.params,
      ),
    { numRuns: 12, secondsAtMost: 1200 },
  );
}

async function main() {
  for (const definition of experiments) await declareTests(definition);
  test.run();
}
main();
