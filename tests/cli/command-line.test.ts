import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inPlace, run } from "../run/program";

const rowsOf = (results: string, name = "sums") => readFileSync(path.join(results, name, "rows.csv"), "utf8");
const cellsIn = (results: string) => readdirSync(path.join(results, "store", "cells", "sums"));
const escapeCharacter = "\u001b";

test("a run measures every cell, judges, and writes tables and report; a second one takes all from the store", () =>
  inPlace(async ({ options, results, reports }) => {
    const first = await run([...options, "--workers", "2"]);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, "reproduced");
    assert.match(first.stdout, "report: ");
    assert.not.ok((first.stdout + first.stderr).includes(escapeCharacter));
    for (const said of [
      "Do the first n odd",
      "claim H9",
      "6 cells, 3 seeds: 0 cached, 6 to do",
      "2 workers",
      "scale",
    ]) {
      assert.match(first.stderr, said);
    }
    assert.equal(readdirSync(path.join(results, "sums")).sort(), [
      "SHA256SUMS",
      "claims.csv",
      "code.json",
      "columns.json",
      "provenance.json",
      "rows.csv",
      "thumbnails",
    ]);
    assert.match(readFileSync(path.join(reports, "sums.html"), "utf8"), "Sums of odd numbers");
    const rows = rowsOf(results).split("\r\n");
    assert.is(rows[0], "seed,kind,terms,sum,third,exact,remark");
    assert.is(rows.length, 1 + 6 + 1);
    assert.ok(rows[1]?.startsWith("1,ascending,5,25,8.333333333333334,true,"));
    const { fields } = JSON.parse(readFileSync(path.join(results, "sums", "columns.json"), "utf8"))["rows.csv"];
    assert.equal(fields[3], { name: "sum", type: "integer", unit: "units", description: "their sum" });
    assert.is(fields[4].type, "number"); // as declared, whatever the values are
    const provenance = JSON.parse(readFileSync(path.join(results, "sums", "provenance.json"), "utf8"));
    assert.is(provenance.complete, true);
    assert.equal(provenance.seeds, [1, 2, 3]);
    assert.is(provenance.cells.length, 6);
    assert.match(provenance.packages.zod, /^\d+\.\d+/);

    const second = await run(options);
    assert.is(second.status, 0);
    assert.match(second.stderr, "6 cached, 0 to do");
    assert.not.match(second.stderr, "begun");
    assert.is(rowsOf(results), rows.join("\r\n"));

    const fresh = await run([...options, "--fresh", "--quiet"]);
    assert.is(fresh.stderr, "");
    assert.is(rowsOf(results), rows.join("\r\n"));

    const more = await run([...options, "--seeds", "4", "--set", "share=0.25"]);
    assert.match(more.stderr, "8 cells, 4 seeds: 6 cached, 2 to do");
    assert.is(readdirSync(results).filter((name) => /^sums-[0-9a-f]{6}$/.test(name)).length, 1);
    assert.is(rowsOf(results), rows.join("\r\n"));
  }));

test("two workers measure side by side, and provenance counts them", () =>
  inPlace(async ({ options, results }) => {
    // Cells of two seconds: on a busy machine the second worker starts late, and would find none of a few milliseconds left.
    const { status, stderr } = await run([...options, "--workers", "2", "--set", "pause=400"]);
    assert.is(status, 0, stderr);
    const [folder = ""] = readdirSync(results).filter((name) => /^sums(-|$)/.test(name));
    const provenance = JSON.parse(readFileSync(path.join(results, folder, "provenance.json"), "utf8"));
    assert.is(provenance.workers, 2);
  }));

test("--json prints one JSON document and nothing else", () =>
  inPlace(async ({ options, results }) => {
    const { stdout, status } = await run([...options, "--json", "--scale", "smoke"]);
    assert.is(status, 0);
    const outcome = JSON.parse(stdout);
    assert.is(outcome.run, "sums-smoke");
    assert.is(outcome.claims[0].verdict, "reproduced");
    assert.is(outcome.results, path.join(results, "sums-smoke"));
    const dry = JSON.parse((await run([...options, "--json", "--dry-run"])).stdout);
    assert.is(dry.cells.length, 6);
    assert.ok(dry.cells.every((cell: { to_do: boolean }) => cell.to_do));
  }));

test("a claim that does not hold is a result, and with --strict an exit status", () =>
  inPlace(async ({ options }) => {
    const four = [...options, "--scale", "smoke", "--set", "terms=4"];
    const plain = await run([...four, "--workers", "1"]);
    assert.is(plain.status, 0);
    assert.match(plain.stderr, "interim, 1 of 2 seeds: H9 not reproduced, 16 units");
    assert.match(plain.stdout, "not reproduced");
    assert.is((await run([...four, "--strict"])).status, 3);
  }));

test("a dry run lists the cells and writes nothing", () =>
  inPlace(async ({ options, folder }) => {
    const { status, stdout } = await run([...options, "--dry-run"]);
    assert.is(status, 0);
    assert.is(stdout.match(/to do, new/g)?.length, 6);
    assert.match(stdout, /^6 cells to do: /m);
    assert.equal(readdirSync(folder), []);
  }));

test("a dry run says why a cell is to be measured", () =>
  inPlace(async ({ options }) => {
    await run([...options, "--scale", "smoke"]);
    const { stdout } = await run([...options, "--scale", "smoke", "--dry-run", "--set", "terms=4"]);
    assert.is(stdout.match(/to do, changed: parameter terms/g)?.length, 4);
    assert.match((await run([...options, "--scale", "smoke", "--dry-run", "--fresh"])).stdout, "to do, --fresh");
  }));

test("a failing cell is told at once with its log and the command for it alone; the others are kept", () =>
  inPlace(async ({ options, results }) => {
    const trouble = [...options, "--set", "trouble=fail"];
    const { status, stderr } = await run(trouble);
    assert.is(status, 1);
    assert.match(stderr, "failed: kind ascending, seed 2: asked to fail");
    assert.match(stderr, /log: {3}.*sums-[0-9a-f]{6}-worker-\d\.log/);
    assert.not.match(stderr, "at goWrong"); // no stack trace unless asked for
    assert.is(cellsIn(results).length, 5);
    const log = path.join(results, "store", "logs");
    assert.ok(readdirSync(log).some((file) => readFileSync(path.join(log, file), "utf8").includes("at goWrong")));
    const outcome = JSON.parse((await run([...trouble, "--json", "--quiet"])).stdout);
    assert.equal([outcome.complete, outcome.seeds, outcome.cells.missing], [false, [1, 3], 1]);
    const id = /again: .* --only ([0-9a-f]{16})/.exec(stderr)?.[1];
    const again = await run([...trouble, "--only", id!.slice(0, 8), "--debug"]);
    assert.is(again.status, 1);
    assert.match(again.stderr, "5 cached, 1 to do");
    assert.match(again.stderr, "at goWrong");
  }));

test("a killed worker is replaced and its cell tried once more; killed again, it counts as failed", () =>
  inPlace(async ({ options, results, folder }) => {
    const marker = path.join(folder, "marker");
    const once = await run([...options, "--set", "trouble=crash once", `marker=${marker}`]);
    assert.is(once.status, 0, once.stderr);
    assert.match(once.stderr, "retried: kind ascending, seed 2: its worker was ended by SIGKILL");
    assert.is(cellsIn(results).length, 6);
    const twice = await run([...options, "--set", "trouble=crash"]);
    assert.is(twice.status, 1);
    assert.match(twice.stderr, /failed: kind ascending, seed 2: its worker was ended by SIGKILL.*, twice/);
  }));

test("a damaged cell file is reported and measured again", () =>
  inPlace(async ({ options, results }) => {
    await run([...options, "--scale", "smoke"]);
    const before = rowsOf(results, "sums-smoke");
    const file = path.join(results, "store", "cells", "sums", cellsIn(results)[0]!);
    writeFileSync(file, readFileSync(file, "utf8").replace('"sum": 9', '"sum": 8'));
    const { stderr, status } = await run([...options, "--scale", "smoke"]);
    assert.is(status, 0);
    assert.match(stderr, "does not match its checksum");
    assert.match(stderr, "3 cached, 1 to do");
    assert.is(rowsOf(results, "sums-smoke"), before);
  }));

test("misuse ends with status 2 and says what was expected", async () => {
  const expectations: [string[], RegExp][] = [
    [["--scal", "smoke"], /unknown option '--scal'[\s\S]*--scale/],
    [["--scale", "huge"], /smoke, quick, standard, paper/],
    [["--data", "mnist"], /unknown option '--data'/], // this experiment reads none
    [["--set", "term=3"], /Did you mean "terms"/],
    [["--set", "terms=2000"], /from 1 to 1000 \(terms\), got "2000"/],
    [["--set", "terms"], /need a name and a value/],
    [["--set", "terms=1", "terms=2"], /set twice/],
    [["--seeds", "0"], /--seeds 0: seeds must be a whole number/],
    [["--workers", "many"], /need auto or a whole number/],
    [["surplus"], /too many arguments/],
  ];
  // Side by side, since most of their time is starting Node.
  const outcomes = await Promise.all(expectations.map(([words]) => run([...words, "--dry-run"])));
  for (const [index, { status, stderr, stdout }] of outcomes.entries()) {
    const [words, expected] = expectations[index]!;
    assert.is(status, 2, words.join(" "));
    assert.match(stderr, expected);
    assert.not.match(stderr, /^ {4}at /m);
    assert.is(stdout, "");
  }
});

test("a file where a results folder should be is misuse, said before anything is measured", () =>
  inPlace(async ({ folder, reports }) => {
    const file = path.join(folder, "taken");
    writeFileSync(file, "");
    const { status, stderr } = await run(["--results", path.join(file, "results"), "--reports", reports]);
    assert.is(status, 2);
    assert.match(stderr, `${file} is a file`);
    assert.match(stderr, "--results");
  }));

test("--help is quick, begins with three examples and lists every parameter", async () => {
  const begin = performance.now();
  const { stdout, status } = await run(["--help"]);
  const seconds = (performance.now() - begin) / 1000;
  assert.is(status, 0);
  assert.ok(stdout.startsWith("Examples:"));
  assert.is(stdout.slice(0, stdout.indexOf("Sums of odd")).match(/npx cnn-findings run tests/g)?.length, 3);
  assert.match(stdout, /terms +count +terms +3 +5 +5 +100 +odd numbers added/);
  for (const name of ["kinds", "share", "pause", "trouble", "seeds"])
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  assert.ok(seconds < 5, `${seconds} s`); // 0.3 s on an idle machine; the border leaves room for a busy one
});

test("colour comes only when asked for, and NO_COLOR forbids it", () =>
  inPlace(async ({ options }) => {
    const words = [...options, "--scale", "smoke", "--seeds", "1"];
    const coloured = await run(words, { FORCE_COLOR: "1" });
    assert.ok(coloured.stdout.includes(escapeCharacter));
    const plain = await Promise.all([
      run(words, { FORCE_COLOR: "1", NO_COLOR: "1" }),
      run([...words, "--no-colour"], { FORCE_COLOR: "1" }),
    ]);
    for (const { stdout, stderr } of plain) assert.not.ok((stdout + stderr).includes(escapeCharacter));
  }));

test("code and store may be deleted at any time without harm to the tables", () =>
  inPlace(async ({ options, results }) => {
    mkdirSync(path.join(results, "store"), { recursive: true });
    writeFileSync(path.join(results, "store", "calibration.json"), "{ not JSON");
    const { status, stderr } = await run([...options, "--scale", "smoke"]);
    assert.is(status, 0, stderr);
    assert.ok(statSync(path.join(results, "sums-smoke", "rows.csv")).size > 0);
    assert.not.ok(existsSync(path.join(results, "store", "cells", "sums", ".tmp")));
  }));

test.run();
