import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Verification, verifyRun } from "../../src/archive/verification";
import { checksumFile } from "../../src/base";
import { checkFiles, writeChecksums } from "../../src/store/checked-files";
import { cnnFindings, type Ended, start } from "../run/program";

const root = path.resolve(__dirname, "../..");
const files = ["claims.csv", "code.json", "columns.json", "provenance.json", "rows.csv", "thumbnails/H9.svg"];

/** A run of the fixture experiment, measured once from a copy that tests may change. */
const original = mkdtempSync(path.join(os.tmpdir(), "verify-test-"));
test.after(() => rmSync(original, { recursive: true, force: true }));

test.before(async () => {
  const source = readFileSync(path.join(__dirname, "..", "fixtures/sums.ts"), "utf8");
  mkdirSync(path.join(original, "experiments"));
  writeExperiment(original, source);
  const options = ["--results", path.join(original, "results"), "--reports", path.join(original, "reports")];
  const experiment = path.join(original, "experiments/sums.ts");
  const runs = [options, [...options, "--set", "trouble=fail"], [...options, "--scale", "smoke"]];
  for (const words of runs) await start([...words, "--workers", "1"], {}, experiment).ended;
});

/** Writes the experiment of a folder, and lets it be loaded anew. */
function writeExperiment(folder: string, source: string): void {
  const file = path.join(folder, "experiments/sums.ts");
  const toSources = path.relative(path.dirname(file), path.join(root, "src")).split(path.sep).join("/");
  writeFileSync(file, source.replaceAll("../../src", toSources));
  delete require.cache[file];
}

interface Copy {
  readonly folder: string;
  readonly results: string;
  /** The run's own folder. */
  readonly own: string;
  verify(name?: string): Promise<Verification>;
  /** Changes the text of a file of the run. */
  edit(file: string, change: (text: string) => string): void;
  /** Changes the experiment. */
  change(from: string, to: string): void;
}

/** A copy of the measured runs, to be changed. */
async function inCopy(work: (copy: Copy) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "verify-test-"));
  cpSync(original, folder, { recursive: true });
  const results = path.join(folder, "results");
  const own = path.join(results, "sums");
  const place = { results, experiments: path.join(folder, "experiments"), findData: async () => null };
  delete require.cache[path.join(folder, "experiments/sums.ts")];
  try {
    await work({
      folder,
      results,
      own,
      verify: (name = "sums") => verifyRun(name, place),
      edit(file, change) {
        const text = readFileSync(path.join(own, file), "utf8");
        assert.not.equal(change(text), text, `nothing to change in ${file}`);
        writeFileSync(path.join(own, file), change(text));
      },
      change(from, to) {
        const file = path.join(folder, "experiments/sums.ts");
        const source = readFileSync(file, "utf8");
        assert.ok(source.includes(from), from);
        writeExperiment(folder, source.replace(from, to));
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const texts = ({ findings }: Verification) => findings.map(({ state, text }) => `${state}: ${text}`);

test("a run is current as it was written, with the store and without", () =>
  inCopy(async ({ results, verify }) => {
    const found = await verify();
    assert.equal(texts(found), []);
    assert.equal([found.state, found.cells, found.claims, found.scale], ["current", 6, 1, "quick"]);
    rmSync(path.join(results, "store"), { recursive: true });
    assert.is((await verify()).state, "current");
  }));

test("sha256sum reads what the run wrote of its files", () =>
  inCopy(async ({ own, edit }) => {
    const said = () => execFileSync("sha256sum", ["-c", checksumFile], { cwd: own, encoding: "utf8", stdio: "pipe" });
    assert.equal(
      said().trim().split("\n"),
      files.map((name) => `${name}: OK`),
    );
    edit("rows.csv", (text) => `${text}\r\n`);
    assert.throws(said, /sha256sum/);
  }));

test("a change of any byte of any file is told of by the file's name, and a missing file too", () =>
  inCopy(async ({ own, verify }) => {
    for (const name of files) {
      const file = path.join(own, name);
      const whole = readFileSync(file);
      for (const at of [0, whole.length >> 1, whole.length - 1]) {
        const bytes = Buffer.from(whole);
        bytes[at] = bytes[at]! ^ 1;
        writeFileSync(file, bytes);
        assert.equal(checkFiles(own, []), [{ state: "altered", text: `${name} is not as it was written` }]);
      }
      rmSync(file);
      const found = await verify();
      assert.is(found.state, "incomplete", name);
      assert.is(texts(found)[0], `incomplete: ${name} is missing`);
      writeFileSync(file, whole);
    }
    assert.equal(checkFiles(own, files), []);
  }));

test("digests that are not there, damaged, or leave a file out do not pass", () =>
  inCopy(async ({ own, verify, edit }) => {
    const sums = path.join(own, checksumFile);
    const whole = readFileSync(sums, "utf8");
    edit(checksumFile, (text) => text.replace(/^.*rows\.csv\n/m, ""));
    assert.equal(texts(await verify()), ["altered: SHA256SUMS does not list rows.csv"]);
    for (const line of ["0123  rows.csv", `${"0".repeat(64)}  ../sums/rows.csv`, `${"0".repeat(64)}  /etc/passwd`]) {
      writeFileSync(sums, `${whole}${line}\n`);
      assert.equal(texts(await verify()), [`altered: SHA256SUMS is damaged: line ${files.length + 1}`]);
    }
    rmSync(sums);
    const found = await verify();
    assert.is(found.state, "incomplete");
    assert.match(texts(found)[0]!, "SHA256SUMS is missing");
  }));

test("files that no longer belong together are told of, though their digests are made anew", () =>
  inCopy(async ({ own, results, verify, edit }) => {
    const kept = new Map(files.map((name) => [name, readFileSync(path.join(own, name))]));
    const seal = () => writeChecksums(own, files);
    const restore = () => {
      for (const [name, bytes] of kept) writeFileSync(path.join(own, name), bytes);
    };
    edit("claims.csv", (text) => text.replace("reproduced,25,25,25", "partly,26,25,27"));
    seal();
    assert.equal(texts(await verify()), [
      "stale: H9 is judged otherwise: verdict partly -> reproduced, effect 26 -> 25, ci_high 27 -> 25",
    ]);
    restore();
    edit("claims.csv", (text) => text.replace("Nicomachus, about 100", "Nicomachus, about 90"));
    seal();
    assert.equal(texts(await verify()), ["stale: H9 reads otherwise in the registry: source"]);

    restore();
    edit("rows.csv", (text) => text.replace(/,8\.33[^,]*/, ",8.5"));
    seal();
    const altered = await verify();
    assert.is(altered.state, "altered");
    assert.match(texts(altered)[0]!, /rows\.csv differs from what was measured, in 1 cell: kind ascending, seed 1$/);
    // Measured once more, on another machine for one: the store's own rows say nothing of these any more.
    const cells = path.join(results, "store/cells/sums");
    rmSync(cells, { recursive: true });
    assert.is((await verify()).state, "current");

    restore();
    edit("code.json", (text) => text.replace(/"measure":"./, '"measure":"'));
    seal();
    assert.equal(texts(await verify()), ["altered: code.json: it is not the code that provenance.json names"]);
  }));

test("cells that today's code would measure again are named with what changed, with the store and without", () =>
  inCopy(async ({ results, verify, change }) => {
    const inBoth = async (expected: RegExp, cells: number) => {
      for (const name of ["store", "stowed"]) {
        const other = path.join(results, name === "store" ? "stowed" : "store");
        if (existsSync(other)) cpSync(other, path.join(results, name), { recursive: true });
        rmSync(other, { recursive: true, force: true });
        const found = await verify();
        assert.is(found.state, "stale");
        assert.match(texts(found)[0]!, expected);
        assert.is(found.findings[0]!.cells?.length ?? 0, cells);
        assert.is(texts(found).length, 1);
      }
    };
    change("let sum = 0;", "let sum = 0 + 0;");
    await inBoth(/^stale: all 6 cells would be measured again, changed: code \(.*sums\.ts .*\)$/, 6);
    change("let sum = 0 + 0;", "let sum = 0;");
    change("smoke: 3, quick: 5, paper: 100", "smoke: 3, quick: 6, paper: 100");
    await inBoth(/^stale: all 6 cells would be measured again, changed: parameter terms \(5 -> 6\)$/, 6);
    change("smoke: 3, quick: 6, paper: 100", "smoke: 3, quick: 5, paper: 100");
    change('"crash once"],\n        "none"', '"crash once"],\n        "crash once"');
    await inBoth(
      /^stale: 3 of 6 cells \(kind ascending, seed 1; kind ascending, seed 2; .*\) would .*, changed: parameter trouble \(none -> crash once\)$/,
      3,
    );
    change('"crash once"],\n        "crash once"', '"crash once"],\n        "none"');
    change("smoke: 2, quick: 3, paper: 5", "smoke: 2, quick: 4, paper: 5");
    await inBoth(/^stale: its experiment asks for 2 cells more: kind ascending, seed 4; kind descending, seed 4$/, 0);
    change("smoke: 2, quick: 4, paper: 5", "smoke: 2, quick: 2, paper: 5");
    await inBoth(/^stale: its experiment asks no more for 2 cells: kind ascending, seed 3; /, 0);
  }));

test("what cannot change a measurement leaves a run current, and a changed verdict makes it stale", () =>
  inCopy(async ({ verify, change }) => {
    change('title: "Sums of odd numbers"', 'title: "Odd numbers, summed"');
    change("caption: ", "caption: // of the figure\n        ");
    change('share: fraction("a number that matters to no cell", 0.5)', 'share: fraction("matters to no cell", 0.25)');
    assert.equal(texts(await verify()), []);
    change("exact && terms !== 4 ?", "exact && terms !== 5 ?");
    assert.equal(texts(await verify()), [
      "stale: H9 is judged otherwise: verdict reproduced -> not reproduced, reason Its condition holds. -> Its condition fails.",
    ]);
  }));

test("a run whose experiment is gone, or refuses it, is stale; one with seeds to come is incomplete", () =>
  inCopy(async ({ folder, results, verify, change }) => {
    const part = readdirSync(results).find((name) => /^sums-[0-9a-f]{6}$/.test(name))!;
    const found = await verify(part);
    assert.is(found.state, "incomplete");
    assert.equal(texts(found), ["incomplete: judged by 2 seeds, others are to come"]);
    change('trouble: choice(\n        "what goes wrong', 'mishap: choice(\n        "what goes wrong');
    change("parameters.trouble", "parameters.mishap");
    assert.match(texts(await verify(part)).join("\n"), 'the experiment has no parameter "trouble"');
    writeFileSync(path.join(folder, "experiments/other.ts"), readFileSync(path.join(folder, "experiments/sums.ts")));
    rmSync(path.join(folder, "experiments/sums.ts"));
    assert.equal(texts(await verify()), ['stale: there is no experiment "sums". There are: other.']);
  }));

test("the program tells of every run but smoke ones, and what is not current is an exit status", () =>
  inCopy(async ({ folder, results, edit }) => {
    const part = readdirSync(results).find((name) => /^sums-[0-9a-f]{6}$/.test(name))!;
    rmSync(path.join(results, part), { recursive: true });
    const verified = (...words: string[]): Promise<Ended> =>
      start(
        ["verify", "--results", results, "--experiments", path.join(folder, "experiments"), ...words],
        {},
        cnnFindings,
      ).ended;
    const all = await verified();
    assert.is(all.status, 0, all.stderr);
    assert.match(all.stdout, /^sums +current +6 cells, 1 claim\n1 of 1 run current\n$/);
    edit("rows.csv", (text) => text.replace("ascending", "descending"));
    const [smoke, altered, json, unknown, misuse] = await Promise.all([
      verified("sums-smoke", "--quiet"),
      verified(),
      verified("--json"),
      verified("sum"),
      verified("--yes"),
    ]);
    assert.equal([smoke.status, smoke.stdout, smoke.stderr], [0, "", ""]);
    assert.is(altered.status, 1);
    assert.match(altered.stdout, /^sums +altered/);
    assert.match(altered.stdout, /^ {2}altered: rows\.csv is not as it was written$/m);
    assert.match(altered.stdout, /^ {2}again: npx cnn-findings run .* --results .* --reports .*$/m);
    assert.is(json.status, 1);
    const { current, runs } = JSON.parse(json.stdout);
    assert.equal([current, runs.length, runs[0].state], [0, 1, "altered"]);
    assert.is(unknown.status, 2);
    assert.match(unknown.stderr, 'there is no run "sum". Did you mean "sums"?');
    assert.is(misuse.status, 2);
    assert.match(misuse.stderr, "unknown option '--yes'");
  }));

test.run();
