import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runInFolder } from "../../src/archive/stored-run";
import { findChromium } from "../../src/report";
import { cnnFindings, inPlace, type Place, run, start } from "../run/program";

const experiments = path.join(__dirname, "..", "fixtures");

/** Exports as a person would; a browser that only seems to be one serves where nothing comes to be drawn. */
const exported = ({ results }: Place, words: readonly string[], chromium = "/bin/true") =>
  start(["export", "--results", results, "--experiments", experiments, ...words], { CHROMIUM: chromium }, cnnFindings)
    .ended;

async function measured(place: Place, ...words: readonly string[]): Promise<void> {
  const { status, stderr } = await run([...place.options, "--workers", "1", ...words]);
  assert.is(status, 0, stderr);
}

test("a run is exported from its files: figures, tables, numbers and sources", () =>
  inPlace(async (place) => {
    const chromium = findChromium();
    if (chromium === undefined) {
      console.log("  (not tried, as there is no Chromium)");
      return;
    }
    await measured(place);
    const out = path.join(place.folder, "paper");
    const { status, stdout, stderr } = await exported(place, ["sums", "--out", out, "--columns", "2"], chromium);
    assert.is(status, 0, stderr);
    assert.is(stdout, "");
    assert.match(stderr, "sums: 1 figure, 1 claim -> ");
    const files = readdirSync(path.join(out, "sums"));
    const tables = ["columns", "parameters", "provenance", "verdicts"];
    assert.equal(
      files.sort(),
      [
        ...["sums.csv", "sums.pdf", "sums.svg", "sums-caption.tex"],
        ...tables.flatMap((name) => [`table-${name}.csv`, `table-${name}.tex`, `table-${name}-caption.tex`]),
        ...["example.tex", "macros.tex", "references.bib"],
      ].sort(),
    );
    const text = (name: string) => readFileSync(path.join(out, "sums", name), "utf8");
    assert.match(text("sums.svg"), 'width="178mm"');
    assert.is(
      text("sums-caption.tex"),
      "\\caption{Sums are squares. One mark a cell. Data: made by the experiment; scale: quick.}\n",
    );
    assert.match(text("macros.tex"), "\\newcommand{\\SumsSum}{25}"); // five odd numbers
    assert.match(text("macros.tex"), "\\newcommand{\\SumsSumVerdict}{reproduced}");
    assert.match(text("table-parameters.csv"), /^terms,5,5,terms,odd numbers added by each cell\r$/m);
  }));

test("a run over a grid is exported with its maps: figures, tables, and where they turn", () =>
  inPlace(async (place) => {
    const chromium = findChromium();
    if (chromium === undefined) {
      console.log("  (not tried, as there is no Chromium)");
      return;
    }
    await measured(place, "--scale", "smoke", "--vary", "terms=2,3,4", "--vary", "share=0.1,0.9");
    const name = readdirSync(place.results).find((one) => one.startsWith("sums-smoke-by-terms-share-"))!;
    const out = path.join(place.folder, "paper");
    const { status, stderr } = await exported(place, [name, "--out", out], chromium);
    assert.is(status, 0, stderr);
    assert.match(stderr, `${name}: 2 figures, 1 claim, 1 map -> `);
    const text = (file: string) => readFileSync(path.join(out, name, file), "utf8");
    for (const file of ["map-h9.svg", "map-h9.pdf", "table-map-H9.tex"])
      assert.ok(existsSync(path.join(out, name, file)), file);
    assert.match(text("map-h9-caption.tex"), "share = 0.1 and 0.9: reproduced up to 3 terms; not reproduced at 4.");
    assert.is(text("map-h9.csv").trim().split("\r\n").length, 1 + 6);
    assert.match(text("table-map-H9.csv"), /^4,0\.9,16,"\[16, 16\]",2,not reproduced,""\r$/m);
    assert.match(text("example.tex"), "\\includegraphics{map-h9}");

    const map = path.join(place.results, name, "map.csv");
    writeFileSync(map, readFileSync(map, "utf8").replace("not reproduced", "unknown"));
    assert.match(
      (await exported(place, [name], chromium)).stderr,
      `${name}/map.csv is damaged (there is no verdict "unknown")`,
    );
  }));

test("what a run's files hold is what it measured and judged, at the parameters it had", () =>
  inPlace(async (place) => {
    await measured(place, "--scale", "smoke");
    const stored = runInFolder(path.join(place.results, "sums-smoke"));
    const { experiment, scale, seeds, parameters } = stored.provenance();
    const rows = stored.rows();
    assert.equal([stored.name, experiment, scale, seeds], ["sums-smoke", "sums", "smoke", [1, 2]]);
    assert.is(rows.length, 4);
    assert.ok(rows.every(({ sum, exact }) => sum === 9 && exact === true));
    assert.is(rows[0]!.remark, null);
    assert.equal(
      stored.claims().map(({ claim, verdict, effect, ci_low, ci_high }) => [claim, verdict, effect, ci_low, ci_high]),
      [["H9", "reproduced", 9, 9, 9]],
    );
    assert.is(parameters.find(({ name: one }) => one === "terms")?.value, "3");

    const { status, stderr } = await exported(place, []); // without a name nothing of a smoke run
    assert.is(status, 0, stderr);
    assert.not(existsSync(path.join(place.results, "sums-smoke", "paper")));
  }));

test("a run that the experiment of today would judge otherwise is refused, and says how to mend it", () =>
  inPlace(async (place) => {
    await measured(place);
    const claims = path.join(place.results, "sums", "claims.csv");
    const whole = readFileSync(claims, "utf8");
    writeFileSync(claims, whole.replace("reproduced,25", "reproduced,26"));
    const { status, stderr } = await exported(place, ["sums"]);
    assert.is(status, 1);
    assert.match(stderr, "sums: its claims.csv was judged by another version of the experiment (H9)");
    assert.match(stderr, "Run it again: ");
    assert.not(existsSync(path.join(place.results, "sums", "paper")));

    writeFileSync(claims, whole);
    const origin = path.join(place.results, "sums", "provenance.json");
    writeFileSync(origin, readFileSync(origin, "utf8").replace('"name": "kinds"', '"name": "sorts"'));
    assert.match((await exported(place, ["sums"])).stderr, 'its experiment has another parameter "kinds" now');
    writeFileSync(origin, "{");
    assert.match((await exported(place, ["sums"])).stderr, "sums/provenance.json is damaged (");
  }));

test("a run that is not there, no run at all, and no browser are told of in words", () =>
  inPlace(async (place) => {
    const nothing = await exported(place, []);
    assert.is(nothing.status, 2);
    assert.match(nothing.stderr, "there is no run in the folder");
    for (const name of ["sums", "sums-smoke"]) {
      mkdirSync(path.join(place.results, name), { recursive: true });
      for (const file of ["claims.csv", "provenance.json"]) writeFileSync(path.join(place.results, name, file), "");
    }
    const misspelt = await exported(place, ["sum"]);
    assert.is(misspelt.status, 2);
    assert.match(misspelt.stderr, 'there is no run "sum". Did you mean "sums"?');
    renameSync(path.join(place.results, "sums"), path.join(place.results, "other"));
    assert.match((await exported(place, ["sums"])).stderr, 'there is no run "sums". There is: sums-smoke.');
    const blind = await exported(place, ["other"], "/nothing/here");
    assert.is(blind.status, 2);
    assert.match(blind.stderr, "apt-get install chromium");
  }));

test.run();
