/** Cells that were measured by another runtime: kept apart, found where they belong, and told of. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyRun } from "../../src/archive/verification";
import { askedId, identityOfFacts, storedId } from "../../src/identity";
import { planRun, type RunOptions } from "../../src/run/run-plan";
import type { RuntimeFacts } from "../../src/runtime";
import { type CellRecord, cellStore } from "../../src/store/cell-record";
import { writeChecksums } from "../../src/store/checked-files";
import tensors from "../fixtures/tensors";
import { temporaryFolder } from "../runtime/sandbox";
import { cnnFindings, inPlace, type Place, start } from "./program";

const experiments = path.join(__dirname, "..", "fixtures");
const fixture = path.join(experiments, "tensors.ts");
const storeOf = ({ results }: Place) => cellStore(path.join(results, "store", "cells", "tensors"));
const filesOf = ({ results }: Place) => readdirSync(path.join(results, "store", "cells", "tensors")).sort();
const withTensors = (place: Place) =>
  storeOf(place)
    .records()
    .filter(({ runtime }) => runtime !== null)
    .sort((one, other) => one.identity.setting.seed - other.identity.setting.seed);

/** Two seeds, by tensors and by numbers, all in one worker. */
async function measured(place: Place, ...words: readonly string[]): Promise<string> {
  const { status, stderr } = await start([...place.options, "--workers", "1", ...words], {}, fixture).ended;
  assert.is(status, 0, stderr);
  return stderr;
}

/** Where it was done, for all tests that have the same run behind them: each gets a copy. */
let once: Promise<string> | undefined;

async function measuredBefore(place: Place): Promise<void> {
  once ??= (async () => {
    const folder = temporaryFolder();
    const [results, reports] = [path.join(folder, "results"), path.join(folder, "reports")];
    await measured({ folder, results, reports, options: ["--results", results, "--reports", reports] });
    return folder;
  })();
  cpSync(await once, place.folder, { recursive: true });
}

interface Listed {
  readonly id: string;
  readonly cached: boolean;
  readonly reason: string | null;
}

async function planned({ options }: Place, environment: Readonly<Record<string, string>> = {}): Promise<Listed[]> {
  const words = [...options, "--workers", "1", "--dry-run", "--json"];
  const { status, stdout, stderr } = await start(words, environment, fixture).ended;
  assert.is(status, 0, stderr);
  return JSON.parse(stdout).cells;
}

/** The facts of a machine with an older TensorFlow and processor. */
const elsewhere = (facts: RuntimeFacts): RuntimeFacts => ({
  ...facts,
  tensorFlowVersion: "2.9.1",
  processor: { model: "Haswell", features: ["sse4_2", "avx", "avx2", "fma"] },
  kernels: { ...facts.kernels!, instructionSet: ["avx", "avx2", "fma", "sse4_2"] },
});

/** Makes a stored cell one that other facts belong to, as if another machine had measured it. */
function alter(place: Place, record: CellRecord, facts: RuntimeFacts): CellRecord {
  const store = storeOf(place);
  const altered = { ...record, id: storedId(askedId(record.id), identityOfFacts(facts)), runtime: facts };
  store.write(altered);
  if (altered.id !== record.id) rmSync(store.fileOf(record.id));
  return altered;
}

test("a cell that made tensors bears its runtime, one that made none does not, whatever its worker had loaded", () =>
  inPlace(async (place) => {
    assert.ok((await planned(place)).every(({ reason }) => reason === "new"));
    await measured(place);
    for (const { id, identity, runtime } of storeOf(place).records()) {
      const isOfTensors = identity.setting.by === "tensors";
      assert.is(runtime !== null, isOfTensors);
      assert.is(id === askedId(id), !isOfTensors);
      if (runtime !== null) assert.is(id, storedId(askedId(id), identityOfFacts(runtime)));
    }
    assert.is(withTensors(place).length, 2);
    const again = await planned(place);
    assert.ok(again.every(({ cached }) => cached));
    const { cells } = JSON.parse(readFileSync(path.join(place.results, "tensors", "provenance.json"), "utf8"));
    assert.equal(cells.map(({ id }: { id: string }) => `${id}.json`).sort(), filesOf(place));
    assert.equal(again.map(({ id }) => id).sort(), filesOf(place).map((name) => askedId(name)).sort()); // biome-ignore format: one list
  }));

test("a cell of another machine is measured anew, and both are kept; each finds its own again", () =>
  inPlace(async (place) => {
    await measuredBefore(place);
    const before = filesOf(place);
    const [record] = withTensors(place);
    const foreign = alter(place, record!, elsewhere(record!.runtime!));
    const missing = (await planned(place)).filter(({ cached }) => !cached);
    assert.equal(missing.map(({ id }) => id), [askedId(foreign.id)]); // biome-ignore format: one list
    assert.match(missing[0]!.reason!, "measured by another runtime: another TensorFlow: 2.9.1 there, ");

    assert.match(await measured(place), "[1/4] by tensors, seed 1: measured in");
    assert.equal(filesOf(place), [...before, `${foreign.id}.json`].sort());
    assert.equal(storeOf(place).read(foreign.id), foreign);
    assert.ok((await planned(place)).every(({ cached }) => cached));

    // There the store gives the other one: the runtime decides, not which was measured last.
    const store = storeOf(place);
    const isForeign = async ({ tensorFlowVersion }: RuntimeFacts) => tensorFlowVersion === "2.9.1";
    const asked = { id: askedId(foreign.id), identity: foreign.identity };
    assert.equal((await store.find(asked, isForeign)).record, foreign);
    assert.is((await store.find(asked, async (there) => !(await isForeign(there)))).record!.id, record!.id);

    // It is the one that goes only where it is named.
    const clean = async (...words: readonly string[]) => {
      const where = [...place.options, "--experiments", experiments];
      const { status, stdout, stderr } = await start(["clean", ...where, ...words], {}, cnnFindings).ended;
      assert.is(status, 0, stderr);
      return stdout;
    };
    assert.match(await clean("--yes"), /^other-runtimes +1 .* stays: what runs have by/m);
    assert.ok(existsSync(store.fileOf(foreign.id)));
    await clean("other-runtimes", "--yes");
    assert.equal(filesOf(place), before);
  }));

test("a cell of an older version, without its runtime in its name, is found where what it says of it agrees", () =>
  inPlace(async (place) => {
    await measuredBefore(place);
    const [one, other] = withTensors(place) as [CellRecord, CellRecord];
    const { kernels: _, ...facts } = one.runtime!;
    const [same, older] = [alter(place, one, facts), alter(place, other, { ...facts, tensorFlowVersion: "2.9.1" })];
    assert.equal([same.id, older.id], [askedId(one.id), askedId(other.id)]);
    const missing = (await planned(place)).filter(({ cached }) => !cached);
    assert.equal(missing.map(({ id }) => id), [older.id]); // biome-ignore format: one list
    assert.match(missing[0]!.reason!, "another TensorFlow: 2.9.1 there");
  }));

test("the runtime is asked for where the store has a cell that bears one, and only there", () =>
  inPlace(async (place) => {
    const [trace, hook] = [path.join(place.folder, "started"), path.join(place.folder, "trace.cjs")];
    const line = "process.argv.join()";
    writeFileSync(hook, `require("fs").appendFileSync(${JSON.stringify(trace)}, ${line});`);
    const environment = { NODE_OPTIONS: `--require ${hook}` };
    const asks = async () => {
      rmSync(trace, { force: true });
      await planned(place, environment);
      return readFileSync(trace, "utf8").split("load-test").length - 1;
    };
    assert.is(await asks(), 0);
    await measuredBefore(place);
    assert.is(await asks(), 1); // once for two cells
    for (const { id } of withTensors(place)) rmSync(storeOf(place).fileOf(id));
    assert.is(await asks(), 0);
  }));

test("a run that hands its cells to a cluster takes those of its nodes, whatever processor they have, and none of this machine", () =>
  inPlace(async (place) => {
    await measuredBefore(place);
    const [one, other] = withTensors(place) as [CellRecord, CellRecord];
    const ofNode = (record: CellRecord, facts: RuntimeFacts) =>
      alter(place, { ...record, origin: { ...record.origin!, launcher: "slurm" } }, facts);
    const { tensorFlowVersion } = one.runtime!;
    const processor = elsewhere(one.runtime!);
    const settings = { TF_DETERMINISTIC_OPS: "1" };
    const node = {
      ...processor,
      tensorFlowVersion,
      isGpu: true,
      gpu: "H200",
      kernels: { ...processor.kernels!, settings },
    };
    const found = ofNode(one, node);
    const options: RunOptions = {
      ...{
        scale: "quick",
        data: null,
        dataFolder: null,
        overrides: {},
        backend: "tensorflow",
        threads: one.identity.threads,
      },
      ...{
        only: [],
        fresh: null,
        dryRun: false,
        strict: false,
        quiet: true,
        json: false,
        debug: false,
        colour: false,
      },
      ...{ jobs: null, command: "", results: place.results, reports: place.reports },
    };
    const plan = async (where: Partial<RunOptions>) => {
      const { cells } = await planRun(tensors, fixture, { ...options, ...where }, async () => {
        throw new Error("it reads no data");
      });
      return cells.map(({ cached }) => cached?.id ?? null);
    };
    const plain = (await plan({})).filter((id) => id !== null && id === askedId(id));
    assert.equal(await plan({ elsewhere: true }), [found.id, plain[0], null, plain[1]]);
    assert.equal(await plan({}), [null, plain[0], other.id, plain[1]]);
    ofNode(other, elsewhere(other.runtime!)); // of an older TensorFlow
    assert.is((await plan({ elsewhere: true }))[2], null);
  }));

test("a run of another runtime is current; verify says what measured it, and what this machine has", () =>
  inPlace(async (place) => {
    await measuredBefore(place);
    const verify = () => verifyRun("tensors", { results: place.results, experiments, findData: async () => null });
    assert.equal((await verify()).notes, []);
    const folder = path.join(place.results, "tensors");
    const file = path.join(folder, "provenance.json");
    const provenance = JSON.parse(readFileSync(file, "utf8"));
    const [facts] = provenance.runtimes as [RuntimeFacts];
    const listed = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => path.extname(name) !== "",
    );
    const record = (runtime: object) => {
      writeFileSync(file, JSON.stringify({ ...provenance, runtimes: [runtime] }));
      writeChecksums(folder, listed);
    };
    record(elsewhere(facts));
    const { state, notes } = await verify();
    assert.is(state, "current");
    assert.match(
      notes.join(),
      /^measured by TensorFlow 2\.9\.1 with AVX2; this machine has TensorFlow \d+\.\d+\.\d+ with \S+$/,
    );
    const settings = { ONEDNN_MAX_CPU_ISA: "AVX2" };
    record({ ...facts, kernels: { ...facts.kernels, settings } });
    assert.match((await verify()).notes.join(), "(ONEDNN_MAX_CPU_ISA AVX2 there, not set here)");
  }));

test("a cell file under the name of another runtime is named as damaged", () =>
  inPlace(async (place) => {
    await measuredBefore(place);
    const [record] = withTensors(place);
    const store = storeOf(place);
    const name = `${askedId(record!.id)}-00000000`;
    store.write({ ...record!, id: name });
    assert.equal(store.read(name), { problem: "its name is of another runtime" });
    renameSync(store.fileOf(name), store.fileOf(record!.id));
    assert.match((store.read(record!.id) as { problem: string }).problem, `it holds cell ${name}`);
    const missing = (await planned(place)).filter(({ cached }) => !cached);
    assert.equal(missing.map(({ reason }) => reason), ["its file is damaged"]); // biome-ignore format: one list
  }));

test.run();
