import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  addAttestation,
  attestationLines,
  attestedOf,
  compareMeasured,
  equalNetworks,
  type MeasuredCell,
} from "../../src/archive";
import { compareCell, compareWeights } from "../../src/archive/attest";
import { column, type Row } from "../../src/experiment";
import type { Attestation } from "../../src/identity";
import { readAttestations } from "../../src/store";
import { law } from "../property";

const columns = {
  seed: column.whole("seed"),
  network: column.text("the network"),
  error: column.number("error", "%"),
  images: column.whole("images"),
  holds: column.flag("whether it holds"),
  step_seconds: column.number("time of a step", "s"),
  held: column.number("memory held", "MiB"),
};
const compared = { columns, renamed: {} };
type Weights = MeasuredCell["networks"][number];

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const measured = fc.record(
  {
    error: fc.option(finite),
    images: fc.option(fc.integer()),
    holds: fc.boolean(),
    step_seconds: finite,
    held: finite,
  },
  { requiredKeys: ["error"] },
);
const setting = fc.record({ seed: fc.integer({ min: 1, max: 9 }), network: fc.constantFrom("plain20", "resnet20") });
const weights: fc.Arbitrary<Weights> = fc
  .array(
    fc.tuple(
      fc.constantFrom("stem/kernel", "head/bias", "head/kernel"),
      fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(
    (tensors) => new Map(tensors.map(([name, data]) => [name, { shape: [data.length], data: new Float32Array(data) }])),
  );
const cell = (minRows: number, minNetworks: number): fc.Arbitrary<MeasuredCell> =>
  fc
    .record({
      setting,
      rows: fc.array(measured, { minLength: minRows, maxLength: 8 }),
      networks: fc.array(weights, { minLength: minNetworks, maxLength: 3 }),
    })
    .map((made) => ({ ...made, scale: "smoke", rows: made.rows.map((row): Row => ({ ...made.setting, ...row })) }));
const order = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });

/** The same in another order. */
function permuted<One>(list: readonly One[], ranks: readonly number[]): One[] {
  return list
    .map((one, i) => ({ one, rank: ranks[i % ranks.length]! }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ one }) => one);
}

/** A number with one bit of its 64, or a weight with one of its 32, turned over. */
function flipped(value: number, bit: number): number {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  bytes.setUint8(bit >> 3, bytes.getUint8(bit >> 3) ^ (1 << (bit & 7)));
  return bytes.getFloat64(0);
}
function flippedWeights(network: Weights, name: string, at: number, bit: number): Weights {
  const { shape, data } = network.get(name)!;
  const changed = new Uint32Array(data.slice().buffer);
  changed[at % changed.length]! ^= 1 << bit;
  return new Map([...network, [name, { shape, data: new Float32Array(changed.buffer) }]]);
}

law(
  "rows and networks are equal in any order, whatever time and memory they took",
  [cell(0, 0), order, finite],
  (one, ranks, other) => {
    const moment = (row: Row): Row => ({ ...row, step_seconds: other, held: null });
    const after = { ...one, rows: permuted(one.rows, ranks).map(moment), networks: permuted(one.networks, ranks) };
    const found = compareCell(one, after, compared);
    assert.ok(found.equal, JSON.stringify(found));
    assert.equal([found.columns, found.gone, found.added, found.tensors], [[], [], [], []]);
    assert.is(found.networks.equal, one.networks.length);
  },
);

law(
  "one bit of one number that differs is found, in its column and by its amount",
  [cell(1, 0), order, fc.nat(), fc.integer({ min: 0, max: 63 })],
  (one, ranks, place, bit) => {
    const at = place % one.rows.length;
    const was = (one.rows[at]!.error ?? 1) as number;
    const is = flipped(was, bit);
    fc.pre(Number.isFinite(is));
    const with_ = (value: number) => one.rows.map((row, i) => (i === at ? { ...row, error: value } : row));
    const found = compareCell({ ...one, rows: with_(was) }, { ...one, rows: permuted(with_(is), ranks) }, compared);
    assert.not(found.equal);
    assert.equal(found.columns, [{ name: "error", unit: "%", rows: 1, largest: Math.abs(is - was) }]);
  },
);

law(
  "one bit of one weight that differs is found, in its tensor; one row or network more is found",
  [cell(1, 1), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 31 })],
  (one, network, tensor, bit) => {
    const at = network % one.networks.length;
    const names = [...one.networks[at]!.keys()];
    const name = names[tensor % names.length]!;
    const changed = flippedWeights(one.networks[at]!, name, tensor, bit);
    const found = compareCell(one, { ...one, networks: one.networks.with(at, changed) }, compared);
    assert.not(found.equal);
    assert.ok(found.tensors.length > 0);
    assert.equal(
      compareWeights(one.networks[at]!, changed).map((difference) => difference.name),
      [name],
    );
    assert.not(compareCell(one, { ...one, rows: [...one.rows, one.rows[0]!] }, compared).equal);
    assert.not(compareCell({ ...one, networks: one.networks.slice(1) }, one, compared).equal);
  },
);

law(
  "cells are paired by scale and setting, in any order; what one side alone has is told",
  [
    fc.uniqueArray(cell(1, 1), { selector: ({ setting: { seed, network } }) => `${seed} ${network}`, minLength: 1 }),
    order,
  ],
  (cells, ranks) => {
    const whole = compareMeasured(cells, permuted(cells, ranks), compared);
    assert.equal([whole.equal.length, whole.differing.length], [cells.length, 0]);
    const [, ...rest] = cells;
    assert.is(compareMeasured(rest, cells, compared).onlyAfter.length, 1);
    assert.is(compareMeasured(cells, rest, compared).onlyBefore.length, 1);
    const quick = cells.map((one) => ({ ...one, scale: "quick" }));
    assert.is(compareMeasured(cells, quick, compared).equal.length, 0);
  },
);

law(
  "columns of before are equal under the name of today, in settings too, and gone without it",
  [cell(1, 0)],
  (one) => {
    const rename = (row: Row): Row => {
      const { network, error, ...others } = row;
      return { ...others, model: network ?? null, mistakes: error ?? 1 };
    };
    const now = { ...one, rows: one.rows.map((row): Row => ({ ...row, error: row.error ?? 1 })) };
    const before = {
      ...one,
      setting: { seed: one.setting.seed, model: one.setting.network! },
      rows: one.rows.map(rename),
    };
    const renamed = { model: "network", mistakes: "error", seed: "images", held: "no column of today" };
    assert.is(compareMeasured([before], [now], { columns, renamed }).equal.length, 1);
    const [found] = compareMeasured([before], [now], { columns, renamed: { model: "network" } }).differing;
    assert.equal([found!.gone, found!.added], [["mistakes"], ["error"]]);
    assert.is(compareMeasured([before], [now], compared).onlyBefore.length, 1);
  },
);

const roots = (digit: string) => ({ measure: digit.repeat(64) });
const cells = (differs: boolean): MeasuredCell[] => [
  { scale: "smoke", setting: { seed: 1 }, rows: [{ seed: 1, error: 2 }], networks: [] },
  { scale: "smoke", setting: { seed: 2 }, rows: [{ seed: 2, error: differs ? 2.5 : 2 }], networks: [] },
];
const attempt = (differs: boolean, after = "b") => ({
  experiment: "e",
  outcome: "compared" as const,
  comparison: compareMeasured(cells(false), cells(differs), compared),
  before: roots("a"),
  after: roots(after),
});

test("nothing is attested of an experiment with one cell that differs, nor of the same code", () => {
  assert.equal(attestedOf(attempt(false))!.cells, [
    { scale: "smoke", cell: "seed 1" },
    { scale: "smoke", cell: "seed 2" },
  ]);
  assert.is(attestedOf(attempt(true)), null);
  assert.is(attestedOf(attempt(false, "a")), null);
  assert.equal(
    attestationLines([attempt(false), attempt(true), { experiment: "f", outcome: "failed", reason: "it fails" }], {
      colour: false,
    }),
    [
      "experiment  cells equal  differing  networks equal",
      "e                     2          0            none  attested",
      "e                     1          1            none  error in 1 row by up to 0.5 %",
      "f                                                   failed: it fails",
    ],
  );
});

test("networks are told of where all that both revisions trained are equal, and no experiment failed", () => {
  const network = (value: number): Weights => new Map([["kernel", { shape: [1], data: new Float32Array([value]) }]]);
  const one = (networks: readonly Weights[]): MeasuredCell => ({
    scale: "smoke",
    setting: { seed: 1 },
    rows: [],
    networks,
  });
  const attempt = (before: readonly Weights[], after: readonly Weights[]) => ({
    ...{ experiment: "e", outcome: "compared" as const, before: roots("a"), after: roots("b") },
    comparison: compareMeasured([one(before)], [one(after)], compared),
  });
  const equal = attempt([network(1), network(2)], [network(2), network(1)]);
  assert.is(equalNetworks([equal, attempt([], []), { experiment: "f", outcome: "same code" }]), 2);
  assert.is(equalNetworks([equal, equal]), 4);
  assert.is(equalNetworks([equal, attempt([network(1)], [network(3)])]), undefined);
  assert.is(equalNetworks([equal, attempt([network(1)], [])]), undefined);
  assert.is(equalNetworks([equal, { experiment: "f", outcome: "failed", reason: "it fails" }]), undefined);
  assert.is(equalNetworks([attempt([], [])]), undefined);
});

test("an attestation joins those that are there, in the place of what was said of the same cells before", () => {
  const results = mkdtempSync(path.join(os.tmpdir(), "attest-test-"));
  const made = (day: number, to: string, names: readonly string[], some = ["seed 1"]): Attestation => ({
    version: 1,
    from: "one",
    to,
    date: `2025-01-0${day}T00:00:00.000Z`,
    machine: "a processor",
    runtime: {
      tensorFlow: null,
      binding: "none",
      device: "cpu",
      instructionSet: ["avx2"],
      precision: "float32",
      threads: 1,
      settings: {},
    },
    experiments: names.map((experiment) => ({
      experiment,
      before: roots("a"),
      after: roots("b"),
      cells: some.map((name) => ({ scale: "smoke", cell: name })),
    })),
  });
  const kept = () =>
    readAttestations(results).map(({ date, experiments }) => [
      date[9],
      experiments.map((one) => one.experiment).join(),
    ]);
  try {
    addAttestation(results, made(1, "two", ["e", "f"]));
    addAttestation(results, made(2, "three", ["e"]));
    assert.equal(kept(), [
      ["1", "e,f"],
      ["2", "e"],
    ]);
    addAttestation(results, made(3, "two", ["e"]));
    assert.equal(kept(), [
      ["1", "f"],
      ["2", "e"],
      ["3", "e"],
    ]);
    addAttestation(results, made(4, "two", ["e", "f"], ["seed 1", "seed 2"]));
    assert.equal(kept(), [
      ["2", "e"],
      ["4", "e,f"],
    ]);
    addAttestation(results, made(5, "two", ["f"])); // says less than is known
    assert.equal(kept(), [
      ["2", "e"],
      ["4", "e,f"],
      ["5", "f"],
    ]);
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
});

test.run();
