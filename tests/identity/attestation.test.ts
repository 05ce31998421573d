import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Attestation,
  type AttestedCell,
  type CodeIdentity,
  changedDeclarations,
  codeFingerprint,
  formatAttestations,
  judgeCode,
  judgementText,
  mergeAttestations,
  openCode,
  parseAttestations,
  type RuntimeIdentity,
  trainingCode,
} from "../../src/identity";
import { law } from "../property";

const runtime: RuntimeIdentity = {
  tensorFlow: "2.18.1",
  binding: "@tensorflow/tfjs-node-gpu 4.22.0",
  device: "cpu",
  instructionSet: ["avx2", "fma"],
  precision: "float32",
  threads: 1,
  settings: {},
};

const hash = (digit: number) => digit.toString(16).repeat(64).slice(0, 64);
const cell = (name: string, scale = "quick"): AttestedCell => ({ scale, cell: name });
/** Code whose root has the hash of this number. */
const code = (state: number): CodeIdentity => ({
  version: 1,
  roots: { measure: hash(state) },
  declarations: [{ place: `a.ts f${state}`, hash: `hash ${state}`, own: `own ${state}`, uses: [] }],
});
const attest = (before: number, after: number, cells: readonly AttestedCell[], experiment = "e"): Attestation => ({
  version: 1,
  from: `commit ${before}`,
  to: `commit ${after}`,
  date: `2025-01-0${before + 1}T00:00:00.000Z`,
  machine: "a processor",
  runtime,
  experiments: [{ experiment, before: { measure: hash(before) }, after: { measure: hash(after) }, cells }],
});
const cells = ["seed 1", "seed 2", "seed 3"].map((name) => cell(name));
const judge = (then: number, now: number, attestations: readonly Attestation[]) =>
  judgementText(judgeCode({ experiment: "e", recorded: code(then), today: code(now), cells, attestations }));

test("equal code is current, other code is changed, attested code is current by attestation of so many cells", () => {
  assert.is(judge(1, 1, []), "current");
  assert.is(judge(1, 2, []), "changed: a.ts f1 (gone), a.ts f2 (new)");
  const one = attest(1, 2, [cell("seed 2"), cell("seed 2", "smoke"), cell("another")]);
  assert.is(judge(1, 2, [one]), "current by attestation (1 of 3 cells)");
  assert.is(judge(2, 1, [one]), "current by attestation (1 of 3 cells)");
  assert.is(judge(1, 2, [one, attest(1, 2, [cell("seed 1")])]), "current by attestation (2 of 3 cells)");
  assert.match(judge(1, 2, [attest(1, 2, cells, "other")]), /^changed/);
  assert.match(judge(1, 3, [one]), /^changed/);
});

test("attestations follow one another; a cell counts that was compared at each step", () => {
  const steps = [attest(1, 2, cells), attest(2, 3, [cell("seed 1"), cell("seed 3")]), attest(3, 4, [cell("seed 3")])];
  assert.is(judge(1, 4, steps), "current by attestation (1 of 3 cells)");
  assert.is(judge(1, 3, steps), "current by attestation (2 of 3 cells)");
  const judged = judgeCode({ experiment: "e", recorded: code(1), today: code(3), cells, attestations: steps });
  assert.equal(judged.state === "attested" && judged.by.map(({ to }) => to), ["commit 2", "commit 3"]);
});

test("an attestation of one root says nothing about a change of another", () => {
  const both = (measure: number, train: number): CodeIdentity => ({
    ...code(measure),
    roots: { measure: hash(measure), train: hash(train) },
  });
  const steps = [
    {
      ...attest(1, 2, cells),
      experiments: [{ experiment: "e", before: both(1, 5).roots, after: both(2, 5).roots, cells }],
    },
  ];
  const state = (then: CodeIdentity, now: CodeIdentity) =>
    judgeCode({ experiment: "e", recorded: then, today: now, cells, attestations: steps }).state;
  assert.is(state(both(1, 5), both(2, 5)), "attested");
  assert.is(state(both(1, 5), both(2, 6)), "changed");
  assert.is(state(both(1, 6), both(2, 6)), "changed");
});

const attestation = fc
  .record({
    before: fc.nat(5),
    after: fc.nat(5),
    names: fc.array(fc.constantFrom("seed 1", "seed 2", 'odd "name"\n'), { minLength: 1 }),
    experiment: fc.constantFrom("e", "f"),
    networks: fc.option(fc.integer({ min: 1, max: 90 })),
  })
  .map(({ before, after, names, experiment, networks }) => ({
    ...attest(
      before,
      after,
      names.map((name) => cell(name)),
      experiment,
    ),
    ...(networks !== null && { networks }),
  }));
const attestations = fc.array(attestation, { maxLength: 6 });

/** Code that trains, and the code of an experiment that has it among its roots. */
const training = (state: number): CodeIdentity => ({ ...code(state), roots: { training: hash(state), data: hash(9) } });
const attestTraining = (before: number, after: number, networks?: number): Attestation => ({
  ...attest(before, after, cells),
  networks,
  experiments: [
    {
      experiment: "e",
      before: { measure: hash(1), ...training(before).roots },
      after: { measure: hash(2), ...training(after).roots },
      cells,
    },
  ],
});
const nameOf = (state: number, steps: readonly Attestation[]) => trainingCode(training(state), steps);

law(
  "networks are kept under the first code that trained the same, and under their own where a step tells of no network",
  [fc.integer({ min: 1, max: 7 }), fc.nat({ max: 7 })],
  (length, gap) => {
    const steps = Array.from({ length }, (_, i) => attestTraining(i, i + 1, i === gap ? undefined : 3));
    for (let state = 0; state <= length; state++) {
      const first = state > gap ? gap + 1 : 0;
      assert.is(nameOf(state, steps), codeFingerprint(training(first)), `code ${state} of ${length}, gap ${gap}`);
    }
    assert.is(nameOf(8, steps), codeFingerprint(training(8)));
  },
);

test("code that comes back has the name that it had", () => {
  const there = [attestTraining(1, 2, 5)];
  assert.is(nameOf(1, there), nameOf(1, []));
  assert.is(nameOf(1, [...there, attestTraining(2, 1, 5)]), nameOf(1, []));
  assert.is(nameOf(2, [...there, attestTraining(2, 1, 5)]), nameOf(1, []));
});

test("what was compared of other roots alone says nothing of networks", () => {
  const [one] = attest(1, 2, cells).experiments;
  assert.is(nameOf(2, [{ ...attest(1, 2, cells), networks: 4, experiments: [one!] }]), codeFingerprint(training(2)));
});

law("attestations are read as they were written", [attestations], (some) => {
  assert.equal(parseAttestations(formatAttestations(some)), mergeAttestations(some));
});

law("merging does not depend on order or on repetition", [attestations, attestations], (some, others) => {
  const merged = mergeAttestations(some, others);
  assert.equal(mergeAttestations(others, some), merged);
  assert.equal(mergeAttestations(merged, some), merged);
  assert.is(new Set(merged.map((one) => JSON.stringify(one))).size, merged.length);
});

law("an attestation more never turns current code into changed code", [attestations, attestation], (some, more) => {
  for (const now of [0, 1, 2, 3, 4, 5]) {
    if (judge(0, now, some).startsWith("current")) assert.match(judge(0, now, [...some, more]), /^current/);
  }
});

test("a damaged file of attestations is an error that says what is wrong", () => {
  const text = formatAttestations([attest(1, 2, cells)]);
  assert.is(text.split("\n").length, 4);
  const wrong: [string, RegExp][] = [
    [text.slice(0, -4), /as JSON/],
    ["{}", /expected array/],
    [text.replace(hash(1), "abc"), /SHA-256/],
    [text.replace("2025-01-02", "someday"), /date/],
    [text.replace(/"cells":\[.*?\]/, '"cells":[]'), /a cell that was compared/],
    [text.replace('"machine"', '"engine"'), /machine/],
    [text.replace('"experiments"', '"networks":0,"experiments"'), /networks/],
  ];
  for (const [damaged, message] of wrong) {
    assert.throws(
      () => parseAttestations(damaged),
      (error: unknown) => error instanceof RangeError && message.test(error.message),
    );
  }
});

const identity = (files: Readonly<Record<string, string>>) =>
  openCode({ read: (file) => files[file] }).identity([{ name: "root", file: "main.ts", export: "root" }]);
const lock = (version: string) => JSON.stringify({ packages: { "node_modules/zod": { version } } });
const program = (changes: Readonly<Record<string, string>> = {}) => ({
  "main.ts":
    'import { f, even } from "./lib"; import { z } from "zod"; export const root = () => [f(), even(3), z.string()];',
  "lib.ts": `
    export const f = () => g() + 1;
    const g = () => 2;
    const h = () => 3;
    export const even = (n) => n === 0 || odd(n - 1);
    const odd = (n) => n !== 0 && even(n - 1);`,
  "package-lock.json": lock("1.0.0"),
  ...changes,
});

test("what changed is named: the declaration itself, not those that lead to it", () => {
  const before = program();
  const changed = (changes: Readonly<Record<string, string>>) =>
    changedDeclarations(identity(before), identity(program(changes)));
  const lib = (from: string | RegExp, to: string) => ({ "lib.ts": before["lib.ts"].replace(from, to) });
  assert.equal(changed(lib("=> 2", "=> 4")), ["lib.ts g"]);
  assert.equal(changed(lib("g() + 1", "g() - 1")), ["lib.ts f"]);
  assert.equal(changed(lib("g() + 1", "h() + 1")), ["lib.ts g (gone)", "lib.ts h (new)"]);
  assert.equal(changed(lib("!== 0", "!== 1")), ["lib.ts odd"]);
  assert.equal(changed({ "package-lock.json": lock("1.0.1") }), ["zod 1.0.0 -> 1.0.1"]);
  assert.equal(changed({ "main.ts": before["main.ts"].replace("even(3)", "f(3)") }), [
    "lib.ts even (gone)",
    "lib.ts odd (gone)",
    "main.ts root",
  ]);
  assert.equal(changed({ "main.ts": before["main.ts"].replace("z.string", "z.number") }), ["main.ts root"]);
  assert.equal(changed({ "lib.ts": `${before["lib.ts"]} globalThis.x = 1;` }), [
    "lib.ts h (new)",
    "lib.ts what the file does when it is loaded (new)",
  ]);
});

test("moved code that also changed is named at its new place and at its old", () => {
  const before = program();
  const after = identity({
    "main.ts": before["main.ts"].replace("./lib", "./moved"),
    "moved.ts": before["lib.ts"].replace("=> 2", "=> 4"),
    "package-lock.json": lock("1.0.0"),
  });
  assert.equal(changedDeclarations(identity(before), after), ["lib.ts g (gone)", "moved.ts g (new)"]);
});

test("code that was hashed in another way is not compared", () => {
  const old = { ...code(1), version: 0 } as unknown as CodeIdentity;
  assert.equal(changedDeclarations(old, code(1)), ["another way of hashing (0 then, 1 now)"]);
  assert.is(judgeCode({ experiment: "e", recorded: old, today: code(1), cells, attestations: [] }).state, "changed");
});

test.run();
