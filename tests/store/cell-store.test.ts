import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { factDifferences, identityOfFacts, storedId } from "../../src/identity";
import type { RuntimeFacts } from "../../src/runtime";
import type { CellRecord } from "../../src/store/cell-record";
import { type CellStore, cellStore } from "../../src/store/cell-record";
import { law, property } from "../property";

const ids = ["0123456789abcdef", "00000000000000aa", "ffffffffffffffff"];
const recordOf = (id: string, sum: number): CellRecord => ({
  id,
  identity: {
    experiment: "sums",
    setting: { seed: 1, kind: "ascending" },
    parameters: { terms: 3, kinds: ["ascending"], depths: [8, 20] },
    data: { name: "mnist", checksum: "c" },
    backend: "cpu",
    threads: 1,
    code: "f",
  },
  rows: [
    { sum, third: sum / 3, exact: true, remark: null },
    { sum, third: 0.1 + 0.2, exact: false, remark: '"\n,' },
  ],
  seconds: 0.25,
  finished: "2026-01-01T00:00:00.000Z",
  models: [{ id: "m", trained: true }],
  runtime: null,
});

/** What the store should hold: the sum in each cell's record, or that its file is damaged. */
type Model = Map<string, number | "damaged">;
type StoreCommand = fc.Command<Model, { store: CellStore }>;

const command = (
  name: string,
  run: (model: Model, store: CellStore) => void,
  check: (model: Model) => boolean = () => true,
): StoreCommand => ({
  check: (model) => check(model),
  run: (model, { store }) => run(model, store),
  toString: () => name,
});
const id = fc.constantFrom(...ids);
const commands = [
  fc.tuple(id, fc.integer()).map(([cell, sum]) =>
    command(`write ${cell} ${sum}`, (model, store) => {
      store.write(recordOf(cell, sum));
      model.set(cell, sum);
    }),
  ),
  fc.tuple(id, fc.nat({ max: 400 })).map(([cell, length]) =>
    command(
      `cut ${cell} to ${length}`,
      (model, store) => {
        truncateSync(store.fileOf(cell), length);
        model.set(cell, "damaged");
      },
      (model) => model.has(cell),
    ),
  ),
  id.map((cell) =>
    command(
      `change a digit of ${cell}`,
      (model, store) => {
        const file = store.fileOf(cell);
        writeFileSync(file, readFileSync(file, "utf8").replace('"seconds": 0.25', '"seconds": 0.26'));
        model.set(cell, "damaged");
      },
      (model) => model.has(cell),
    ),
  ),
  id.map((cell) =>
    command(`read ${cell}`, (model, store) => {
      const expected = model.get(cell);
      const read = store.read(cell);
      if (expected === undefined) assert.is(read, null);
      else if (expected === "damaged") assert.ok(read !== null && "problem" in read);
      else assert.equal(read, recordOf(cell, expected));
      assert.is(store.records().length, [...model.values()].filter((value) => value !== "damaged").length);
    }),
  ),
];

test("whatever is written, cut or changed, the store gives back what was written last or says that it is damaged", async () => {
  await property(
    [fc.commands(commands, { maxCommands: 30 })],
    (sequence) => {
      const folder = mkdtempSync(path.join(os.tmpdir(), "store-test-"));
      try {
        fc.modelRun(() => ({ model: new Map(), real: { store: cellStore(path.join(folder, "cells")) } }), sequence);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { numRuns: 30 },
  )();
});

test("a record under another cell's name is not taken for that cell's", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "store-test-"));
  const store = cellStore(folder);
  store.write(recordOf(ids[0]!, 1));
  writeFileSync(store.fileOf(ids[1]!), readFileSync(store.fileOf(ids[0]!)));
  const read = store.read(ids[1]!);
  assert.ok(read !== null && "problem" in read && read.problem.includes(ids[0]!));
  rmSync(folder, { recursive: true });
});

test("a cell that was measured under other parameters is found, unless it read one that differs", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "cells-"));
  try {
    const store = cellStore(folder);
    const record = { ...recordOf(ids[0]!, 1), read: ["terms"] };
    store.write(record);
    const { identity } = record;
    const asked = (parameters: object) => ({ ...identity, parameters: { ...identity.parameters, ...parameters } });
    const find = async (wanted: CellRecord["identity"]) =>
      (await store.find({ id: ids[1]!, identity: wanted }, async () => false)).record;
    assert.equal(await find(asked({ kinds: ["descending"], depths: [56] })), record);
    assert.is(await find(asked({ terms: 4 })), null);
    assert.is(await find({ ...asked({}), threads: 2 }), null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const facts = fc
  .record({
    tensorFlowVersion: fc.constantFrom("2.9.1", "2.18.1"),
    binding: fc.constantFrom("@tensorflow/tfjs-node-gpu 4.22.0", "@tensorflow/tfjs-node 4.22.0"),
    gpu: fc.constantFrom(null, "NVIDIA H200"),
    instructionSet: fc.constantFrom(["avx2"], ["avx2", "avx512f"]),
  })
  .map(
    ({ tensorFlowVersion, binding, gpu, instructionSet }): RuntimeFacts => ({
      ...{
        backend: "tensorflow",
        tensorFlowVersion,
        tensorFlowJsVersion: "4.22.0",
        nodeVersion: "20.20.2",
        threads: 1,
      },
      ...{ isGpu: gpu !== null, gpu, processor: { model: "a processor", features: [] }, platform: "linux x64" },
      kernels: { binding, instructionSet, settings: {} },
    }),
  );
const runtimes = fc.uniqueArray(facts, { minLength: 1, maxLength: 6, selector: (one) => JSON.stringify(one) });

law(
  "a store with a cell of several runtimes gives each its own, and none to another; a plain one everybody",
  [runtimes, facts, fc.boolean()],
  async (stored, here, isPlain) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "cells-"));
    try {
      const store = cellStore(folder);
      const [asked] = ids;
      const records = stored.map((runtime, i): CellRecord => {
        const id = isPlain ? asked! : storedId(asked!, identityOfFacts(runtime));
        return { ...recordOf(asked!, i), id, runtime: isPlain ? null : runtime };
      });
      for (const record of records) store.write(record);
      assert.is(store.records().length, isPlain ? 1 : stored.length);
      const { identity } = records[0]!;
      const isHere = async (there: RuntimeFacts) => factDifferences(there, here).length === 0;
      const { record, others, damaged } = await store.find({ id: asked!, identity }, isHere);
      const own = stored.findIndex((runtime) => JSON.stringify(runtime) === JSON.stringify(here));
      assert.equal(record, isPlain ? records.at(-1) : (records[own] ?? null));
      assert.is(others.length, isPlain ? 0 : stored.length - (own < 0 ? 0 : 1));
      assert.equal(damaged, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test.run();
