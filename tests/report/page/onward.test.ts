/** For those who go on with the data: the snippets read every reference run as this project does, in pandas and in R. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runInFolder } from "../../../src/archive";
import { projectRoot } from "../../../src/base";
import { findExperiments } from "../../../src/experiment";
import type { FirstLook } from "../../../src/report";
import { dataSnippets, runCitation } from "../../../src/report/page/onward";
import { renderReport } from "../../../src/report/page/report-page";
import { median } from "../../../src/statistics";
import { law } from "../../property";
import { temporaryFolder } from "../../runtime/sandbox";
import { sampleContent } from "../sample";

const reference = join(projectRoot, "results/reference");
const looked = findExperiments(join(projectRoot, "experiments"), [])
  .map(({ definition }) => definition)
  .filter(({ name }) => readdirSync(reference).includes(name));

/** The medians that a first look asks for, as this project computes them: groups in no order. */
function mediansOf(run: string, { median: of, by, where = {} }: FirstLook): number[] {
  const groups = new Map<string, number[]>();
  for (const row of runInFolder(join(reference, run)).rows()) {
    if (Object.entries(where).some(([name, value]) => row[name] !== value)) continue;
    if (by.some((name) => row[name] === null)) continue;
    const key = JSON.stringify(by.map((name) => row[name]));
    const value = row[of];
    if (typeof value === "number") groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()].map(median);
}

const sorted = (values: readonly number[]) => [...values].sort((one, other) => one - other);

function requireEqual(found: readonly number[], wanted: readonly number[], run: string): void {
  assert.ok(wanted.length > 0, `${run}: a first look at no row`);
  assert.is(found.length, wanted.length, `${run}: groups`);
  sorted(wanted).forEach((value, i) => {
    assert.ok(Math.abs(sorted(found)[i]! - value) <= 1e-9 * Math.max(1, Math.abs(value)), `${run}: ${value}`);
  });
}

test("every experiment has a first look of its own", () => {
  assert.ok(looked.length >= 20);
  assert.equal(
    looked.filter(({ firstLook }) => firstLook === undefined).map(({ name }) => name),
    [],
  );
});

const python = [
  process.env.CNN_FINDINGS_TEST_PANDAS,
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cnn-findings/test-pandas/bin/python"),
  "python3",
].find((one) => one !== undefined && spawnSync(one, ["-c", "import pandas"]).status === 0);
const rscript = spawnSync("Rscript", ["--version"]).status === 0 ? "Rscript" : undefined;

const withPandas = python === undefined ? test.skip : test;
const withR = rscript === undefined ? test.skip : test;

/** Each snippet as it stands, in the folder of its rows; what it prints goes into one list a run. */
const runAll = (language: "pandas" | "r") =>
  JSON.stringify(
    looked.map(({ name, firstLook }) => ({
      name,
      folder: join(reference, name),
      snippet: dataSnippets(runInFolder(join(reference, name)).columns(), firstLook)[language],
    })),
  );

withPandas("in pandas, the snippet of each report gives the types and the medians of this project", () => {
  const program = `
import json, os, sys
runs = json.load(sys.stdin)
found = []
for run in runs:
    os.chdir(run["folder"])
    printed = []
    scope = {"print": printed.append}
    exec(run["snippet"], scope)
    rows = scope["rows"]
    found.append({"values": [float(one) for one in printed[0].dropna()], "types": [str(one) for one in rows.dtypes], "rows": len(rows)})
json.dump(found, sys.stdout)
`;
  const said = execFileSync(python!, ["-c", program], { input: runAll("pandas"), encoding: "utf8" });
  const found = JSON.parse(said) as { values: number[]; types: string[]; rows: number }[];
  looked.forEach(({ name, firstLook }, i) => {
    const run = runInFolder(join(reference, name));
    const { values, types, rows } = found[i]!;
    requireEqual(values, mediansOf(name, firstLook!), name);
    assert.is(rows, run.rows().length, name);
    const wanted = { string: "string", integer: "Int64", number: "float64", boolean: "boolean" };
    assert.equal(
      types,
      run.columns().map(({ type }) => wanted[type]),
      name,
    );
  });
});

withR("in R, the snippet of each report gives the medians of this project", () => {
  const runs = JSON.parse(runAll("r")) as { name: string; folder: string; snippet: string }[];
  const program = runs
    .map(({ folder, snippet }) => {
      const silent = snippet.replace(/print\(([\s\S]*)\)\n$/, "found <- $1\n");
      assert.is.not(silent, snippet);
      return `setwd(${JSON.stringify(folder)})\n${silent}cat(nrow(rows), found[[ncol(found)]], "\\n")\n`;
    })
    .join("");
  const file = join(temporaryFolder(), "first-looks.R");
  writeFileSync(file, `options(digits = 17)\n${program}`);
  const said = execFileSync(rscript!, ["--vanilla", file], { encoding: "utf8" });
  const lines = said.trim().split("\n");
  looked.forEach(({ name, firstLook }, i) => {
    const [rows, ...values] = lines[i]!.trim().split(/\s+/).map(Number);
    assert.is(rows, runInFolder(join(reference, name)).rows().length, name);
    requireEqual(values, mediansOf(name, firstLook!), name);
  });
});

test("a report shows both snippets, where its figures are drawn, and how to cite it", () => {
  const page = renderReport({
    ...sampleContent,
    figuresIn: { label: "experiments/block-deletion.ts", href: "../experiments/block-deletion.ts" },
  });
  for (const id of ["snippet-pandas", "snippet-r", "run-bibtex"]) {
    assert.match(page, new RegExp(`data-copy-text="${id}"`));
    assert.match(page, new RegExp(`<code id="${id}">`));
  }
  assert.match(page, `<a href="../experiments/block-deletion.ts">`);
});

test("a look at what is not there is refused, in words", () => {
  const columns = [{ name: "network", type: "string", unit: "", description: "" }] as const;
  const refused = (look: FirstLook, words: RegExp) => assert.throws(() => dataSnippets(columns, look), words);
  refused({ median: "error", by: ["network"] }, /a first look at "error", which is no column/);
  refused({ median: "network", by: ["network"] }, /the median of "network", a column of type string/);
});

law(
  "a run's key holds only what BibTeX takes, and does not depend on when or by what code it was measured",
  [
    fc.string(),
    fc.string(),
    fc.string(),
    fc.date({ noInvalidDate: true, min: new Date("2000"), max: new Date("2100") }),
  ],
  (name, data, commit, date) => {
    const cited = (provenance: { readonly code: { readonly commit: string } }, day: string) =>
      runCitation({ title: "Title", provenance, run: { name, data, scale: "quick", date: day } });
    const one = cited({ code: { commit } }, date.toISOString());
    assert.match(one.key, /^[a-z0-9-]+$/);
    assert.is(one.key, cited({ code: { commit: "other" } }, "2020-01-01T00:00:00Z").key);
    assert.ok(one.bibtex.startsWith(`@misc{${one.key},`));
  },
);

test("BibTeX reads a run's entry", () => {
  const parser = require("@orcid/bibtex-parse-js") as { toJSON(text: string): { entryTags: Record<string, string> }[] };
  const run = runInFolder(join(reference, "block-deletion"));
  const { scale, data, ended } = run.provenance();
  const { key, text, bibtex } = runCitation({
    title: "Deleting blocks",
    provenance: { code: { commit: "0123456789abcdef", dirty: false, version: "0.1.0" } },
    run: { name: "block-deletion", scale, data: data!.name, date: ended },
  });
  assert.is(key, "cnn-findings-block-deletion-quick-mnist");
  const [entry] = parser.toJSON(bibtex);
  const { year, note } = entry!.entryTags;
  assert.is(year, ended.slice(0, 4));
  assert.match(note!, /^Version 0\.1\.0; experiment block-deletion/);
  assert.match(note!, /revision 0123456789ab; measured \d{4}-\d\d-\d\d/);
  assert.match(
    text,
    /cnn-findings 0\.1\.0, revision 0123456789ab; experiment block-deletion, scale quick, data: mnist/,
  );
});

test("the repository is where the figures' code is looked for", () => {
  for (const { name } of looked) assert.ok(existsSync(join(projectRoot, "experiments", `${name}.ts`)), name);
});

test.run();
