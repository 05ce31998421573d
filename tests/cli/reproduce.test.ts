import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Claim, claims } from "../../src/claims";
import { defaultRate } from "../../src/run/estimate";
import { cnnFindings, type Ended, inPlace, start } from "../run/program";

const folder = path.join(__dirname, "..", "fixtures", "experiments");
/** Findings that can be told of any network. */
const findings = (claims as readonly Claim[])
  .filter(({ audit, preconditions }) => !audit && !preconditions)
  .map(({ id }) => id);
const [first, last] = [findings[0]!, findings.at(-1)!];

const begin = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  start(["reproduce", "--experiments", folder, ...words], environment, cnnFindings);
const reproduce = (words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  begin(words, environment).ended;
/** The table's rows as words: number, experiment, claims, data, cells, cached, to do, and time where there is one. */
const tableIn = (text: string) =>
  [...text.matchAll(/^(\d) {2}(\S+) +(\S+) +(mnist|cifar10|its own) +(\d+) +(\d+) +(\d+)/gm)].map((row) =>
    row.slice(1),
  );
/** Claims in the order of the table of verdicts. */
const claimsIn = (text: string) => [...text.matchAll(/^([A-H]\d+(?:\.\d+)?) .*reproduced/gm)].map(([, id]) => id);

test("experiments that take the places of their reference runs begin with the cells that these have", () =>
  inPlace(async ({ options, results }) => {
    const words = ["cubes", "squares", ...options, "--update-reference"];
    const first = await reproduce(words);
    assert.is(first.status, 0, first.stderr);
    rmSync(path.join(results, "store"), { recursive: true });
    const { stderr } = await reproduce([...words, "--dry-run"]);
    assert.match(stderr, "cubes: 3 cells taken from the reference run");
    assert.match(stderr, "squares: 3 cells taken from the reference run");
    assert.not.ok(existsSync(path.join(results, "store", "cells"))); // a dry run writes nothing
    const again = await reproduce(words);
    assert.equal(
      tableIn(again.stderr).map(([, , , , ...counts]) => counts),
      [
        ["3", "3", "0"],
        ["3", "3", "0"],
      ],
    );
  }));

test("every experiment runs, the shortest first, and all verdicts stand at the end in the order of the registry", () =>
  inPlace(async ({ options, results, reports }) => {
    const { status, stdout, stderr } = await reproduce([...options, "--workers", "2"]);
    assert.is(status, 0, stderr);
    assert.equal(tableIn(stderr), [
      ["1", "squares", last, "its own", "3", "0", "3"],
      ["2", "digits", "H99", "mnist", "3", "0", "3"],
      ["3", "cubes", first, "its own", "3", "0", "3"],
    ]);
    assert.match(stderr, /^9 cells to do: 8 min 36 s to 23 min with 2 workers$/m); // 2 cells of 10^13 and 2 of 10^12 a worker, and three starts
    assert.match(stderr, "0 of 3 experiments as fast as before on this machine");
    const order = [...stderr.matchAll(/^experiment (\d) of 3: (\w+)/gm)].map(([, place, name]) => `${place} ${name}`);
    assert.equal(order, ["1 squares", "2 digits", "3 cubes"]);
    assert.match(stderr, /squares.*: measured in .*; experiment 1 of 3, about .* left in all/s);
    assert.match(stderr, `squares: ${last} reproduced, 30`);
    assert.equal(claimsIn(stdout), [first, last, "H99"]);
    for (const name of ["squares", "digits", "cubes"]) {
      assert.ok(existsSync(path.join(results, name, "rows.csv")));
      assert.ok(existsSync(path.join(reports, `${name}.html`)));
    }

    const again = await reproduce([...options, "--quiet"]);
    assert.is(again.status, 0);
    assert.is(again.stderr, "");
    assert.equal(claimsIn(again.stdout), [first, last, "H99"]);

    const more = await reproduce([...options, "--dry-run", "--seeds", "4"]);
    assert.match(more.stdout, "3 experiments as fast as before on this machine");
    assert.equal(
      tableIn(more.stdout).map(([, , , , ...counts]) => counts),
      [
        ["4", "3", "1"],
        ["4", "3", "1"],
        ["4", "3", "1"],
      ],
    );
  }));

test("named experiments run alone, each on the data set it offers", () =>
  inPlace(async ({ options }) => {
    const { status, stdout, stderr } = await reproduce([
      "digits",
      "squares",
      ...options,
      "--dry-run",
      "--data",
      "cifar10",
    ]);
    assert.is(status, 0, stderr);
    assert.equal(
      tableIn(stdout).map(([, name, , data]) => [name, data]),
      [
        ["squares", "its own"],
        ["digits", "mnist"],
      ],
    );
    assert.match(stderr, "notice: digits does not offer cifar10: it runs on mnist");
    assert.match(stderr, "notice: squares makes its own data, whatever --data says");
  }));

test("a dry run writes nothing, and --json gives it to machines", () =>
  inPlace(async ({ options, folder: place }) => {
    const { stdout, status } = await reproduce([...options, "--dry-run", "--json", "--workers", "2"]);
    assert.is(status, 0);
    const { experiments, failures, estimated_seconds } = JSON.parse(stdout);
    assert.equal(
      experiments.map(({ experiment }: { experiment: string }) => experiment),
      ["squares", "digits", "cubes"],
    );
    assert.equal(failures, []);
    assert.ok(
      Math.abs(estimated_seconds - (2 * (1e13 + 1e12 + 1e6)) / defaultRate - 3 * 3) < 1e-6,
      `${estimated_seconds} s`,
    );
    assert.equal(readdirSync(place), []);
  }));

test("--json prints the outcome of all as one document and nothing else", () =>
  inPlace(async ({ options, reports }) => {
    const { stdout, status } = await reproduce([...options, "--json", "--scale", "smoke"], {
      FIXTURE_TROUBLE: "digits verdicts",
    });
    assert.is(status, 1);
    const { experiments, failures, seconds } = JSON.parse(stdout);
    assert.equal(
      experiments.map(({ run, report }: { run: string; report: string }) => [run, report]),
      ["squares-smoke", "cubes-smoke"].map((run) => [run, path.join(reports, `${run}.html`)]),
    );
    assert.is(experiments[0].claims[0].verdict, "reproduced");
    assert.is(failures.length, 1);
    assert.match(failures[0].reason, "the experiment's judging failed: asked to judge badly");
    assert.ok(seconds > 0);
  }));

test("a failing cell, or a whole experiment, is told with its command, and the others run to their end", () =>
  inPlace(async ({ options, results }) => {
    const cell = await reproduce([...options, "--strict", "--debug"], { FIXTURE_TROUBLE: "squares cell" });
    assert.is(cell.status, 1);
    assert.match(cell.stderr, "failed: seed 2: asked to fail");
    const told = cell.stderr.indexOf("failed: seed 2");
    assert.ok(told < cell.stderr.indexOf("experiment 2 of 3"), "told when it happens");
    assert.match(cell.stderr, /failed: squares: 1 cell failed, the others are kept\n {2}again: (.*)$/m);
    const command = /^ {2}again: (npx cnn-findings run \S*squares\.ts .*)$/m.exec(cell.stderr)?.[1];
    assert.match(command!, "--debug");
    assert.match(command!, `--results ${results}`);
    assert.not.match(command!, "--strict");
    assert.equal(claimsIn(cell.stdout), [first, last, "H99"]); // squares by the seeds that are complete

    const verdicts = await reproduce(options, { FIXTURE_TROUBLE: "digits verdicts" });
    assert.is(verdicts.status, 1);
    assert.match(
      verdicts.stderr,
      /failed: digits\n {2}error: the experiment's judging failed: asked to judge badly\n(?:.*\n)+? {2}again: npx cnn-findings run /,
    );
    assert.equal(claimsIn(verdicts.stdout), [first, last]);

    const plan = await reproduce(options, { FIXTURE_TROUBLE: "cubes plan" });
    assert.is(plan.status, 1);
    assert.match(plan.stderr, /failed: cubes\n {2}error: these parameters cannot be run: asked to be refused/);
    const planned = tableIn(plan.stderr).map(([, name]) => name);
    assert.equal(planned, ["digits", "squares"]); // squares has its failed cell to do, digits none
    assert.equal(claimsIn(plan.stdout), [last, "H99"]);

    const mended = await reproduce(options);
    assert.is(mended.status, 0, mended.stderr);
    assert.ok(tableIn(mended.stderr).every(([, , , , , , toDo]) => toDo === "0"));
  }));

test("with --strict a claim that is not reproduced is an exit status", () =>
  inPlace(async ({ options }) => {
    const unsaid = await reproduce(["cubes", ...options], { FIXTURE_TROUBLE: "cubes claim" });
    assert.is(unsaid.status, 0);
    assert.match(unsaid.stdout, "not reproduced");
    assert.is((await reproduce(["cubes", ...options, "--strict"], { FIXTURE_TROUBLE: "cubes claim" })).status, 3);
  }));

test("Ctrl-C ends the run after the current step with the command that goes on where it was", () =>
  inPlace(async ({ options, results }) => {
    const interrupted = begin([...options, "--workers", "1"], { FIXTURE_PAUSE: "150" });
    await interrupted.says("; experiment 2 of 3, "); // its first cell is measured
    interrupted.child.kill("SIGINT");
    const { status, stdout, stderr } = await interrupted.ended;
    assert.is(status, 130, stderr);
    assert.is(stdout, "");
    assert.match(stderr, "stopping after the current step");
    assert.is(stderr.match(/^resume with: /gm)?.length, 1);
    assert.match(
      stderr,
      `resume with: npx cnn-findings reproduce --experiments ${folder} --workers 1 --results ${results}`,
    );
    assert.not.match(stderr, "experiment 3 of 3");

    const resumed = await reproduce([...options, "--workers", "1"]);
    assert.is(resumed.status, 0, resumed.stderr);
    const cached = Object.fromEntries(tableIn(resumed.stderr).map(([, name, , , , already]) => [name, already]));
    assert.is(cached.squares, "3");
    assert.is(cached.cubes, "0");
    assert.ok(cached.digits === "1" || cached.digits === "2", `${cached.digits} cells of digits`);
    assert.equal(claimsIn(resumed.stdout), [first, last, "H99"]);
  }));

test("misuse ends with status 2 before anything is measured, and says what was expected", () =>
  inPlace(async ({ folder: place, options }) => {
    const made = (name: string, files: Readonly<Record<string, string>>) => {
      mkdirSync(path.join(place, name));
      for (const [file, source] of Object.entries(files)) writeFileSync(path.join(place, name, file), source);
      return path.join(place, name);
    };
    const none = made("none", { "notes.md": "" });
    const helper = made("helper", { "shared.ts": "export const x = 1;" });
    const misnamed = made("misnamed", { "a.ts": 'export default { name: "b", measure: () => [] };' });
    const expectations: [string[], RegExp][] = [
      [["square"], /there is no experiment "square"\. Did you mean "squares"\?/],
      [["nothing-like-it"], /There are: cubes, digits, squares\./],
      [["--experiments", none], /there is no experiment in the folder/],
      [["--experiments", helper], /helper\/shared\.ts declares no experiment/],
      [["--experiments", misnamed], /declares the experiment "b": it must be named "a"/],
      [["--data-dir", place], /say by --data which data set it holds/],
      [["--set", "terms=3"], /unknown option '--set'/],
      [["--seeds", "0"], /--seeds 0: seeds must be a whole number/],
    ];
    const outcomes = await Promise.all(expectations.map(([words]) => reproduce([...words, ...options])));
    for (const [index, { status, stderr, stdout }] of outcomes.entries()) {
      const [words, expected] = expectations[index]!;
      assert.is(status, 2, `${words.join(" ")}\n${stderr}`);
      assert.match(stderr, expected);
      assert.is(stdout, "");
    }
  }));

test("the project's own experiments can all be planned, none of them starting by itself", () =>
  inPlace(async ({ options, folder: place }) => {
    const { status, stdout, stderr } = await start(
      ["reproduce", ...options, "--dry-run", "--scale", "smoke"],
      {},
      cnnFindings,
    ).ended;
    assert.is(status, 0, stderr);
    const files = readdirSync(path.resolve(__dirname, "../../experiments")).filter((name) => /^[^.].*\.ts$/.test(name));
    const stems = files.map((name) => path.basename(name, ".ts")).sort();
    const listed = [...stdout.matchAll(/^ *\d+ {2}(\S+) .* \d+ +\d+ +\d+/gm)].map(([, name]) => name!);
    assert.equal(listed.sort(), stems);
    assert.equal(readdirSync(place), []);
    assert.match(readFileSync(path.resolve(__dirname, "../../package.json"), "utf8"), '"reproduce": ');
  }));

test.run();
