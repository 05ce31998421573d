/** `judge`: rows that were measured, judged by rules that have changed since. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkFiles } from "../../src/store/checked-files";
import { cnnFindings, type Ended, start } from "../run/program";

const root = path.resolve(__dirname, "../..");
const folder = mkdtempSync(path.join(os.tmpdir(), "judge Ω "));
const [results, reports] = [path.join(folder, "results"), path.join(folder, "pages")];
const file = path.join(folder, "experiments/sums.ts");
test.after(() => rmSync(folder, { recursive: true, force: true }));

const source = readFileSync(path.join(root, "tests/fixtures/sums.ts"), "utf8");
/** Writes the experiment by another rule. */
function ruled(rule: string): void {
  const toSources = path.relative(path.dirname(file), path.join(root, "src")).split(path.sep).join("/");
  const wanted = "exact && terms !== 4 ? terms ** 2 : -1";
  assert.ok(source.includes(wanted));
  writeFileSync(file, source.replaceAll("../../src", toSources).replace(wanted, rule));
}

const whole = "exact ? terms ** 2 : -1";
const asked = (command: string, words: readonly string[]): Promise<Ended> =>
  start([command, "--results", results, "--experiments", path.dirname(file), ...words], {}, cnnFindings).ended;
const judge = (...words: string[]) => asked("judge", words);
const read = (...names: string[]) => readFileSync(path.join(results, ...names), "utf8");
const verdictOf = (run: string) => /^H9,([^,]*),/m.exec(read(run, "claims.csv"))?.[1];
/** What a run's judging must leave as it was. */
const measuredOf = (run: string) => [
  read(run, "rows.csv"),
  read(run, "code.json"),
  JSON.parse(read(run, "provenance.json")).cells,
];
let [incomplete, varied] = ["", ""];

test.before(async () => {
  mkdirSync(path.dirname(file));
  ruled(whole);
  const runs = [
    ["--scale", "smoke"],
    ["--set", "trouble=fail"],
    ["--scale", "smoke", "--vary", "terms=3,4"],
  ];
  for (const words of runs)
    await start(["run", file, ...words, "--workers", "1", "--results", results, "--reports", reports], {}, cnnFindings)
      .ended;
  const names = readdirSync(results);
  incomplete = names.find((name) => /^sums-[0-9a-f]{6}$/.test(name))!;
  varied = names.find((name) => name.includes("by-terms"))!;
});

test("rows are judged by today's rule: the verdict, the page in its own place and the digests are new, the rows are not", async () => {
  const before = measuredOf("sums-smoke");
  assert.is(verdictOf("sums-smoke"), "reproduced");
  const same = await judge("sums-smoke");
  assert.is(same.status, 0, same.stderr);
  assert.match(same.stderr, "sums-smoke: 1 claim, verdicts as before");
  ruled("-1");
  rmSync(path.join(reports, "sums-smoke.html"));
  const moved = await judge("sums-smoke");
  assert.is(moved.status, 0, moved.stderr);
  assert.match(moved.stdout, /^ {2}H9 {2}reproduced -> not reproduced: /m);
  assert.is(verdictOf("sums-smoke"), "not reproduced");
  assert.equal(measuredOf("sums-smoke"), before);
  assert.equal(checkFiles(path.join(results, "sums-smoke"), ["rows.csv", "claims.csv"]), []);
  assert.match(readFileSync(path.join(reports, "sums-smoke.html"), "utf8"), "not reproduced");
  assert.not.ok(existsSync(path.join(root, "reports/sums-smoke.html")));
  ruled(whole);
  const json = JSON.parse((await judge("sums-smoke", "--json")).stdout);
  assert.equal(
    json.map((one: { run: string; claims: { before: string; after: string }[] }) => [
      one.run,
      one.claims[0]!.before,
      one.claims[0]!.after,
    ]),
    [["sums-smoke", "not reproduced", "reproduced"]],
  );
});

test("a run with seeds to come is judged by those it has, and says so", async () => {
  const before = measuredOf(incomplete);
  ruled("-1");
  const judged = await judge(incomplete);
  assert.is(judged.status, 0, judged.stderr);
  assert.is(verdictOf(incomplete), "not reproduced");
  assert.match(read(incomplete, "claims.csv"), /,true\r?\n$/); // interim
  assert.is(JSON.parse(read(incomplete, "provenance.json")).complete, false);
  assert.equal(measuredOf(incomplete), before);
  assert.match(readFileSync(path.join(reports, `${incomplete}.html`), "utf8"), /\b2 of 3\b/);
  ruled(whole);
});

test("each point of a map is judged by today's rule, from its own rows; by the rule that it was judged by, to the same bytes", async () => {
  const map = read(varied, "map.csv");
  const rows = read(varied, "points.csv");
  const page = () => readFileSync(path.join(reports, `${varied}.html`), "utf8");
  const same = await judge(varied);
  assert.match(same.stderr, "2 of 2 points of its maps as before");
  assert.is(read(varied, "map.csv"), map);
  assert.match(page(), "reproduced at every value tried");
  ruled("terms === 4 ? 16 : -1");
  const stale = await asked("verify", [varied]);
  assert.is(stale.status, 1);
  assert.match(
    stale.stdout,
    /the map of H9 is judged otherwise: terms = 3: reproduced \([\d.]+\) -> not reproduced \([\d.]+\)$/m,
  );
  const judged = await judge(varied);
  assert.is(judged.status, 0, judged.stderr);
  assert.match(judged.stderr, "1 of 2 points of its maps as before");
  assert.is(verdictOf(varied), "not reproduced"); // of the run itself, with 3 terms
  assert.match(read(varied, "map.csv"), /^H9,3,not reproduced,.*\r\nH9,4,reproduced,/m);
  assert.match(page(), /reproduced at 4\b[^;]*; not reproduced at 3\b/);
  assert.is(read(varied, "points.csv"), rows);
  assert.equal(checkFiles(path.join(results, varied), ["map.csv", "points.csv"]), []);
  ruled(whole);
  writeFileSync(path.join(results, varied, "points.csv"), rows.replace("ascending", "descending"));
  const altered = await judge(varied);
  assert.is(altered.status, 1);
  assert.match(altered.stderr, "points.csv is not as it was written");
  writeFileSync(path.join(results, varied, "points.csv"), rows);
});

test("rows that were changed by hand are refused and keep their digests; the other runs are judged", async () => {
  const rows = path.join(results, "sums-smoke/rows.csv");
  const original = readFileSync(rows, "utf8");
  writeFileSync(rows, original.replace("ascending", "descending"));
  const { status, stderr } = await judge();
  assert.is(status, 1);
  assert.match(
    stderr,
    /failed: sums-smoke\n +error: sums-smoke: rows\.csv is not as it was written\n +Run it again: npx cnn-findings run/,
  );
  assert.match(stderr, `${incomplete}: 1 claim`);
  assert.is(checkFiles(path.join(results, "sums-smoke"), []).length, 1);
  writeFileSync(rows, original);
});

test("misuse is told in words", async () => {
  const [unknown, nothing] = await Promise.all([
    judge("sum"),
    start(["judge", "--results", path.join(folder, "none here")], {}, cnnFindings).ended,
  ]);
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, 'there is no run "sum". ');
  assert.is(nothing.status, 2);
  assert.match(nothing.stderr, /Run an experiment first: npx cnn-findings run block-deletion --results '.*none here'/);
});

test.run();
