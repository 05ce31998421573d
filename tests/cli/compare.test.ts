import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareEffects, compareSides, type Judged, movedClaims } from "../../src/archive/comparison";
import { type JudgedClaim, type NamedRuns, namedRuns, type StoredRun } from "../../src/archive/stored-run";
import type { Provenance } from "../../src/store/provenance";
import { law } from "../property";
import { cnnFindings, inPlace, type Place, run, start } from "../run/program";

const compared = ({ results }: Pick<Place, "results">, ...words: readonly string[]) =>
  start(["compare", ...words, "--results", results], {}, cnnFindings).ended;

type Measured = { readonly effect: NonNullable<Judged["effect"]>; readonly unit: string };

/** Whole numbers, so that moving and stretching them rounds nothing. */
const whole = fc.integer({ min: -1000, max: 1000 });
const measured: fc.Arbitrary<Measured> = fc
  .tuple(whole, fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 9 }))
  .map(([estimate, below, above, count]) => ({
    effect: { estimate, low: estimate - below, high: estimate + above, count },
    unit: "points",
  }));
const changed = ({ effect, unit }: Measured, change: (value: number) => number): Measured => ({
  effect: { ...effect, estimate: change(effect.estimate), low: change(effect.low), high: change(effect.high) },
  unit,
});

law("an effect has not moved from itself, and moves there as it moves back", [measured, measured], (before, after) => {
  assert.is(compareEffects(before, before), "same");
  assert.is(compareEffects(before, after), compareEffects(after, before));
});

law("neither another zero nor another measure moves an effect", [measured, measured, whole], (before, after, by) => {
  const move = compareEffects(before, after);
  assert.is(
    compareEffects(
      changed(before, (x) => x + by),
      changed(after, (x) => x + by),
    ),
    move,
  );
  assert.is(
    compareEffects(
      changed(before, (x) => 2 * x),
      changed(after, (x) => 2 * x),
    ),
    move,
  );
  assert.is(compareEffects({ ...before, unit: "%" }, after), "other unit");
});

law("effects with disjoint intervals moved", [measured, measured], (before, after) => {
  const disjoint = before.effect.high < after.effect.low || after.effect.high < before.effect.low;
  return !disjoint || compareEffects(before, after) === "beyond";
});

law("a wider interval lets no effect move that did not", [measured, measured, fc.nat(50)], (before, after, by) => {
  const wider = ({ effect, unit }: Measured): Measured => ({
    effect: { ...effect, low: effect.low - by, high: effect.high + by },
    unit,
  });
  return compareEffects(before, after) === "beyond" || compareEffects(wider(before), wider(after)) !== "beyond";
});

test("an effect moved when one of the two intervals leaves the other's effect out", () => {
  const at = (estimate: number, low: number, high: number): Measured => ({
    effect: { estimate, low, high, count: 5 },
    unit: "",
  });
  assert.is(compareEffects(at(1, 0, 2), at(1.5, 1, 2)), "within");
  assert.is(compareEffects(at(1, 0, 2), at(1.5, 1.2, 2)), "beyond"); // 1 lies below the second
  assert.is(compareEffects(at(1, 0, 2), at(2, 2, 2)), "beyond"); // an exact figure
  assert.is(compareEffects(at(1, 0, 2), at(2, 1, 2)), "within"); // an end belongs to the interval
});

const origin = {
  experiment: "sums",
  complete: true,
  scale: "quick",
  backend: "tensorflow",
  seeds: [1, 2],
  parameters: [{ name: "terms", value: "5" }],
  data: null,
  code: { commit: "0".repeat(40), dirty: false, cells: "a".repeat(64), models: "b".repeat(64) },
  packages: { zod: "4.0.0" },
  machine: { node: "20.19.0", system: "Linux", processor: "a processor" },
  runtimes: [],
} as unknown as Provenance;
/** A run that says so much of its claims. */
function runWith(
  name: string,
  claims: Readonly<Record<string, Judged>>,
  scale: Provenance["scale"] = "quick",
): StoredRun {
  const rows = Object.entries(claims).map(([claim, { verdict, effect, unit, rule }]) => {
    const { estimate = null, low: ci_low = null, high: ci_high = null, count: seeds = 0 } = effect ?? {};
    return { claim, verdict, effect: estimate, ci_low, ci_high, seeds, unit, rule } as JudgedClaim;
  });
  return { name, claims: () => rows, provenance: () => ({ ...origin, scale }) } as unknown as StoredRun;
}
const judged: fc.Arbitrary<Judged> = fc
  .tuple(measured, fc.boolean(), fc.constantFrom("reproduced", "partly", "not reproduced", "inconclusive"))
  .map(([{ effect, unit }, isTold, verdict]) => ({ verdict, effect: isTold ? effect : null, unit, rule: "a rule" }));
/** E1 in every run, so that there is always something to compare, and others. */
const comparedRun = (name: string): fc.Arbitrary<StoredRun> =>
  fc
    .tuple(judged, fc.dictionary(fc.constantFrom("E2", "E3", "E3.1"), judged))
    .map(([first, others]) => runWith(name, { E1: first, ...others }));
const side: fc.Arbitrary<NamedRuns> = fc
  .tuple(comparedRun("a"), fc.subarray(["b", "c", "d"]))
  .chain(([first, names]) => fc.tuple(fc.constant(first), ...names.map(comparedRun)))
  .map((runs) => ({ label: "results", isRun: false, runs }));

law("a comparison with itself finds nothing, and the other way round as much", [side, side], (before, after) => {
  assert.is(movedClaims(compareSides(before, before)), 0);
  assert.is(movedClaims(compareSides(before, after)), movedClaims(compareSides(after, before)));
});

law(
  "every claim of either side is told of once, and what is on one side alone did not move",
  [side, side],
  (before, after) => {
    const told = compareSides(before, after).flatMap(({ before: older, after: newer, claims }) =>
      claims.map((claim) => ({ key: `${older ?? newer} ${claim.claim}`, claim })),
    );
    const keys = [before, after].flatMap(({ runs }) =>
      runs.flatMap(({ name, claims }) => claims().map(({ claim }) => `${name} ${claim}`)),
    );
    assert.equal(told.map(({ key }) => key).sort(), [...new Set(keys)].sort());
    return told.every(({ claim }) => (claim.before !== null && claim.after !== null) || !claim.moved);
  },
);

test("of folders, smoke runs are left out; runs without a claim in common cannot be compared", () => {
  const one: Judged = { verdict: "partly", effect: { estimate: 1, low: 0, high: 2, count: 5 }, unit: "", rule: "" };
  const of = (claim: string, scale: Provenance["scale"] = "quick"): NamedRuns => ({
    label: scale,
    isRun: false,
    runs: [runWith("a", { [claim]: one }, scale)],
  });
  assert.throws(() => compareSides(of("E1", "smoke"), of("E1")), /have no claim in common/);
  assert.throws(() => compareSides(of("E1"), of("E2")), /quick and quick have no claim in common/);
  const { runs } = of("E1", "smoke");
  assert.is(compareSides({ label: "a", isRun: true, runs }, { label: "b", isRun: true, runs }).length, 1);
});

/** Changes the text of a file. */
function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, "utf8");
  assert.not.equal(change(text), text, `nothing to change in ${file}`);
  writeFileSync(file, change(text));
}

test("two runs, a run and a folder, a run and its commit: what moved, in what they differ, and the exit status", () =>
  inPlace(async (place) => {
    const measuring = await run([...place.options, "--workers", "1"]);
    assert.is(measuring.status, 0, measuring.stderr);
    const [own, other] = [path.join(place.results, "sums"), path.join(place.folder, "other", "sums")];
    cpSync(own, other, { recursive: true });
    const same = await compared(place, "sums", path.dirname(other));
    assert.is(same.status, 0, same.stderr);
    assert.match(same.stdout, /^H9 +reproduced +25 units \[25, 25\] +25 units \[25, 25\] +same$/m);
    assert.match(same.stdout, "made under the same circumstances, but for the time");
    assert.match(same.stdout, /^nothing moved: 1 claim compared$/m);

    // A commit with the run as it is, before the copy changes.
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...words], {
        cwd: place.folder,
        stdio: "pipe",
      });
    git("init", "--quiet");
    git("add", "results/sums");
    git("commit", "--quiet", "-m", "a run");

    edit(path.join(other, "claims.csv"), (text) => text.replace("reproduced,25,25,25", "partly,26,25.5,26.5"));
    edit(path.join(other, "provenance.json"), (text) =>
      text.replace(/"scale": "quick"/, '"scale": "paper"').replace(/"zod": "[^"]*"/, '"zod": "0.0.1"'),
    );
    const moved = await compared(place, own, other);
    assert.is(moved.status, 1, moved.stderr);
    assert.match(
      moved.stdout,
      /^H9 +reproduced -> partly +25 units \[25, 25\] +26\.0 units \[25\.5, 26\.5\] +moved: verdict, effect$/m,
    );
    assert.match(moved.stdout, /^ {2}scale +quick -> paper$/m);
    assert.match(moved.stdout, /^ {2}package zod +\d\S* -> 0\.0\.1$/m);
    assert.match(moved.stdout, /^1 moved: 1 claim compared$/m);

    const { status, stdout } = await compared(place, own, other, "--json");
    assert.is(status, 1);
    const { moved: count, runs } = JSON.parse(stdout);
    assert.is(count, 1);
    assert.equal([runs[0].before, runs[0].after, runs[0].claims[0].effect], ["sums", "sums", "beyond"]);
    assert.equal(
      runs[0].differences.map(({ what }: { what: string }) => what),
      ["scale", "package zod"],
    );

    const committed = namedRuns("HEAD:sums", place.results, place.folder);
    assert.is(movedClaims(compareSides(committed, namedRuns("sums", place.results))), 0);
    assert.is(
      movedClaims(compareSides(namedRuns("HEAD:results", place.results, place.folder), namedRuns(other, ""))),
      1,
    );
    assert.throws(() => namedRuns("HEAD:nothing", place.results, place.folder), /the commit HEAD holds no run nothing/);
    assert.throws(() => namedRuns("nowhere:sums", place.results, place.folder), /there is no commit nowhere here/);
    assert.throws(() => namedRuns("--all:sums", place.results, place.folder), /there is no commit --all here/);
  }));

test("what is not there, damaged or not understood ends with status 2 and says what", () =>
  inPlace(async (place) => {
    const folder = path.join(place.results, "sums");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "claims.csv"), "claim\r\n");
    writeFileSync(path.join(folder, "provenance.json"), "{}");
    const empty = path.join(place.folder, "empty");
    mkdirSync(empty);
    const expectations: [string[], RegExp][] = [
      [["sums"], /there is no reference run of sums/],
      [["sum"], /there is no run "sum"\. Did you mean "sums"\?/],
      [[], /there is no reference run in the folder/],
      [["sums", "sums", "sums"], /too many arguments/],
      [["sum", "sums"], /sum is neither a folder nor a run\. there is no run "sum"\. Did you mean "sums"\?/],
      [[empty, "sums"], /there is no run in the folder/],
      [["sums", "sums"], /sums\/provenance\.json is damaged \(/],
    ];
    const outcomes = await Promise.all(expectations.map(([words]) => compared(place, ...words)));
    for (const [index, { status, stderr, stdout }] of outcomes.entries()) {
      const [words, expected] = expectations[index]!;
      assert.is(status, 2, `${words.join(" ")}\n${stderr}`);
      assert.match(stderr, expected);
      assert.is(stdout, "");
    }
    rmSync(folder, { recursive: true });
  }));

test.run();
