/** Runs over a grid of parameters: what they share, what they map, and how they are asked for. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyRun } from "../../src/archive/verification";
import { defaultVariations, findExperiments, gridPoints, resolveParameters, scales } from "../../src/experiment";
import { cnnFindings, inPlace, type Place, run, start } from "./program";

const experiments = path.resolve(__dirname, "../../experiments");
const measuredIn = (text: string) => text.match(/: measured in /g)?.length ?? 0;
const mapOf = ({ results }: Place, name: string) =>
  readFileSync(path.join(results, name, "map.csv"), "utf8")
    .trim()
    .split("\r\n");
const folderOf = ({ results }: Place, beginning: string) =>
  readdirSync(results).find((name) => name.startsWith(beginning))!;

test("each cell of a grid is measured once, with those of the run itself and of plain runs, and mapped", () =>
  inPlace(async (place) => {
    assert.is((await run([...place.options, "--scale", "smoke", "--workers", "2", "--set", "terms=2"])).status, 0);
    const { status, stdout, stderr } = await run([
      ...[...place.options, "--scale", "smoke", "--workers", "2"],
      ...["--vary", "terms=2,3,4", "--vary", "share=0.1,0.9"], // no cell reads the share
    ]);
    assert.is(status, 0, stderr);
    const cells = 2 * 2; // seeds and kinds
    assert.is(measuredIn(stderr), 2 * cells, stderr); // with 2 terms they were measured before, 3 are the default
    assert.match(stderr, /point 2 of 6: terms = 2, share = 0.9, 0 cells to do/);
    assert.match(stderr, /point 4 of 6: terms = 3, share = 0.9, 0 cells to do/);
    const [head, ...rows] = mapOf(place, folderOf(place, "sums-smoke-by-terms-share-"));
    assert.is(head, "claim,terms,share,verdict,effect,ci_low,ci_high,unit,seeds,range");
    assert.is(rows.length, 6);
    for (const row of rows) {
      const [claim, terms, , verdict, effect] = row.split(",");
      assert.equal([claim, effect], ["H9", String(Number(terms) ** 2)]);
      assert.is(verdict, terms === "4" ? "not reproduced" : "reproduced");
    }
    assert.match(stdout, /^H9: share = 0\.1 and 0\.9: reproduced up to 3 terms; not reproduced at 4$/m);
  }));

test("cells that are measured afresh are measured once, too", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--scale", "smoke", "--workers", "2", "--vary", "terms=3", "share=0.1,0.9"];
    assert.is((await run(words)).status, 0);
    const again = await run([...words, "--fresh"]);
    assert.is(again.status, 0, again.stderr);
    assert.is(measuredIn(again.stderr), 4, again.stderr);
  }));

test("a cell that fails keeps no point from its verdict", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--scale", "smoke", "--workers", "1", "--vary", "trouble=none,fail"];
    const { status, stderr } = await run(words);
    assert.is(status, 1, stderr);
    const rows = mapOf(place, folderOf(place, "sums-smoke-by-trouble-")).slice(1);
    assert.equal(
      rows.map((row) => row.split(",").filter((_, i) => [1, 2, 7].includes(i))),
      [
        ["none", "reproduced", "2"],
        ["fail", "reproduced", "1"],
      ],
    );
  }));

test("the seeds themselves can be varied: they count by their number", () =>
  inPlace(async (place) => {
    const { status, stderr } = await run([...place.options, "--scale", "smoke", "--vary", "seeds=1,3"]);
    assert.is(status, 0, stderr);
    const [head, ...rows] = mapOf(place, folderOf(place, "sums-smoke-by-seeds-"));
    assert.is(head, "claim,varied_seeds,verdict,effect,ci_low,ci_high,unit,seeds,range");
    assert.equal(
      rows.map((row) => row.split(",")[1]),
      ["1", "3"],
    );
  }));

test("a grid of its own is taken where `--vary` names none, by scale, and a plain run leaves it out", async () => {
  const asked = (...words: string[]) =>
    start(["run", "degradation", "--scale", "smoke", "--dry-run", ...words], {}, cnnFindings).ended;
  const folder = mkdtempSync(path.join(os.tmpdir(), "vary-test-"));
  const folders = ["--results", folder, "--reports", folder];
  try {
    const [alone, named, plain] = await Promise.all([
      asked("--vary", ...folders),
      asked("--vary", "default", ...folders),
      asked(...folders),
    ]);
    assert.is(alone.status, 0, alone.stderr);
    assert.equal(alone.stdout.match(/^ {2}depths = \S+(?=:)/gm), ["  depths = 8,14", "  depths = 8,20"]);
    assert.is(named.stdout, alone.stdout);
    assert.not.match(plain.stdout, "depths = ");
    assert.not(existsSync(path.join(folder, "store")));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("help and list name that grid; without one, and beside other values, it is refused in words", async () => {
  const ask = (...words: string[]) => start(words, {}, cnnFindings).ended;
  const fixtures = path.join(__dirname, "..", "fixtures");
  const [help, listed, json, none, both] = await Promise.all([
    ask("run", "pre-activation", "--help"),
    ask("list", "pre-activation"),
    ask("list", "--json"),
    ask("run", path.join(fixtures, "sums.ts"), "--vary"),
    ask("run", "pre-activation", "--vary", "--vary", "steps=1,2"),
  ]);
  assert.match(help.stdout, /^ {2}quick +--vary 'depths=29;110;164'$/m);
  assert.match(listed.stdout, "--vary at quick: depths 29; 110; 164");
  const grids = JSON.parse(json.stdout) as { name: string; variations: object | null }[];
  assert.equal(grids.find(({ name }) => name === "history")?.variations, null);
  assert.is(none.status, 2);
  assert.match(none.stderr, "--vary: sums names no grid of its own");
  assert.is(both.status, 2);
  assert.match(both.stderr, /stands alone.*\nOr name all of it: --vary 'depths=29;110;164'/);
});

test("the grids of all experiments hold values that their parameters take and cells can be made of", () => {
  const judged = new Set<string>();
  for (const { definition } of findExperiments(experiments, [])) {
    const { parameters, claims, datasets = ["mnist", "cifar10"] as const } = definition;
    if (definition.variations === undefined) continue;
    for (const { id } of claims) judged.add(id);
    for (const scale of scales)
      for (const data of datasets) {
        const grid = defaultVariations(definition, scale, data)!;
        const points = gridPoints(grid);
        assert.ok(points.length > 1, `${definition.name} at ${scale}`);
        if (scale === "smoke") assert.is(points.length, 2, definition.name);
        for (const overrides of points) {
          const { values } = resolveParameters(parameters, { scale, data, overrides });
          assert.ok(definition.cells(values).length > 0);
          if (data !== null)
            for (const cell of definition.cells(values))
              definition.network?.(cell, values, { height: 28, width: 28, channels: 1 });
        }
      }
  }
  for (const claim of ["C5", "C7", "D3", "D4", "E1", "E3", "E9", "F5"]) assert.ok(judged.has(claim), claim);
});

test("--only does not go with --vary", async () => {
  const { status, stderr } = await run(["--vary", "terms=2,3", "--only", "ab"]);
  assert.is(status, 2);
  assert.match(stderr, "--only does not go with --vary");
});

test("a varied run becomes the reference of its name, with its map, which the page of all claims tells of; not one with failures", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--scale", "quick", "--seeds", "2", "--update-reference"];
    const first = await run([...words, "--vary", "terms=2,4"]);
    assert.is(first.status, 0, first.stderr);
    const name = folderOf(place, "sums-");
    const reference = path.join(place.results, "reference");
    assert.equal(mapOf({ ...place, results: reference }, name), mapOf(place, name));
    const page = readFileSync(path.join(place.reports, "reference", "index.html"), "utf8");
    const turns = "reproduced at 2 terms; not reproduced at 4";
    assert.match(page, new RegExp(`href="${name}.html#map-of-H9">Map of verdicts</a> over terms[^<]*: ${turns}`));
    const again = await run([...words, "--vary", "terms=2,4"]);
    assert.match(again.stdout, /1 of 1 verdicts as the reference.*\n2 of 2 points of its maps as the reference/);

    const failing = await run([...words, "--vary", "trouble=none,fail"]);
    assert.is(failing.status, 1);
    assert.match(failing.stderr, "the reference stays as it is: cells failed");
    assert.equal(
      readdirSync(reference).filter((one) => one.startsWith("sums")),
      [name],
    );

    // Its own cells, and those of a plain run, may have been measured at one of the points, which nobody can look up without a store.
    rmSync(path.join(place.results, "store"), { recursive: true });
    const shared = await run([...words, "--vary", "share=0.1,0.9"]);
    assert.is(shared.status, 0, shared.stderr);
    const plain = await run(words);
    assert.match(plain.stderr, "4 cached, 0 to do");
    rmSync(path.join(place.results, "store"), { recursive: true });
    const references = readdirSync(reference).filter((one) => one.startsWith("sums"));
    assert.is(references.length, 3);
    for (const one of references) {
      const verified = await verifyRun(`reference/${one}`, {
        results: place.results,
        experiments: path.join(__dirname, "../fixtures"),
        findData: async () => null,
      });
      assert.equal([one, verified.state, verified.findings], [one, "current", []]);
    }
  }));

test.run();
