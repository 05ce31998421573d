import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyRun } from "../../src/archive/verification";
import { type StoreSurvey, spareKinds, surveyWaste, type WasteKind } from "../../src/archive/waste";
import { acquireLock } from "../../src/base";
import { sizeText } from "../../src/cli/clean";
import { codeFingerprint, identityOfFacts, measuringCode, storedId } from "../../src/identity";
import { cellId } from "../../src/identity/cell-identity";
import { modelId } from "../../src/run/cell-run";
import type { RuntimeFacts } from "../../src/runtime";
import type { CellRecord } from "../../src/store/cell-record";
import { cellStore } from "../../src/store/cell-record";
import { law } from "../property";
import { cnnFindings, type Ended, run, start } from "../run/program";

const experiments = path.join(__dirname, "..", "fixtures");
const fixture = path.join(experiments, "sums.ts");

/** A quick and a smoke run of the fixture experiment, measured once. */
const original = mkdtempSync(path.join(os.tmpdir(), "clean-test-"));
test.after(() => rmSync(original, { recursive: true, force: true }));
test.before(async () => {
  const options = ["--results", path.join(original, "results"), "--reports", path.join(original, "reports")];
  for (const words of [options, [...options, "--scale", "smoke"]]) await run([...words, "--workers", "1"]);
});

/** A results folder that tests may fill and clean. */
class Copy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "clean-test-"));
  readonly results = path.join(this.folder, "results");
  readonly reports = path.join(this.folder, "reports");
  readonly models = path.join(this.results, "store", "models");
  readonly cells = cellStore(path.join(this.results, "store", "cells", "sums"));

  /** What a cell of the quick run is. */
  readonly measured: CellRecord["identity"];

  constructor() {
    cpSync(original, this.folder, { recursive: true });
    this.measured = this.cells.records().find(({ identity }) => identity.parameters.terms === 5)!.identity;
  }

  survey(later = 0): Promise<StoreSurvey> {
    const { results, reports } = this;
    const now = Date.now() + later;
    return surveyWaste({ results, reports, experiments, findData: async () => null, now });
  }

  /** What can be freed, as kinds with paths from the results folder. */
  async waste(later = 0): Promise<[WasteKind, string][]> {
    const { waste } = await this.survey(later);
    return waste.map(({ kind, path: entry }) => [kind, path.relative(this.results, entry)]);
  }

  clean(...words: string[]): Promise<Ended> {
    const place = ["--results", this.results, "--reports", this.reports, "--experiments", experiments];
    return start(["clean", ...place, ...words], {}, cnnFindings).ended;
  }

  /** Stores a cell of the quick run anew under another identity. */
  addCell(change: (identity: CellRecord["identity"]) => CellRecord["identity"], models: string[] = []): string {
    const identity = change(this.measured);
    const id = cellId(identity);
    const uses = models.map((model) => ({ id: model, trained: true }));
    const finished = new Date().toISOString();
    this.cells.write({ id, identity, rows: [], seconds: 1, finished, models: uses, runtime: null });
    return path.join("store", "cells", "sums", `${id}.json`);
  }

  addNetwork(id: string, files: Readonly<Record<string, string>>): string {
    const folder = path.join(this.models, id);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return path.join("store", "models", id);
  }

  /** All files of the results and reports. */
  all(): string[] {
    return [this.results, this.reports]
      .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  }
}

async function inCopy(work: (copy: Copy) => Promise<void>): Promise<void> {
  const copy = new Copy();
  try {
    await work(copy);
  } finally {
    rmSync(copy.folder, { recursive: true, force: true });
  }
}

const smokeWaste = ({ results, reports }: Copy) => {
  const { cells } = JSON.parse(readFileSync(path.join(results, "sums-smoke", "provenance.json"), "utf8"));
  return [
    "sums-smoke",
    path.relative(results, path.join(reports, "sums-smoke.html")),
    ...cells.map(({ id }: { id: string }) => path.join("store", "cells", "sums", `${id}.json`)),
  ].map((entry): [WasteKind, string] => ["smoke", entry]);
};
const sorted = (waste: readonly [WasteKind, string][]) => waste.map(([kind, entry]) => `${kind} ${entry}`).sort();

test("of a quick and a smoke run nothing but the smoke run can be freed, with its cells", () =>
  inCopy(async (copy) => {
    assert.equal(sorted(await copy.waste()), sorted(smokeWaste(copy)));
    assert.equal((await copy.survey()).kept, { runs: 1, cells: 6, networks: 0 });
  }));

test("cells go by their code and by who refers to them", () =>
  inCopy(async (copy) => {
    const older = copy.addCell((identity) => ({ ...identity, code: "0".repeat(64) }));
    const gone = copy.addCell((identity) => ({ ...identity, experiment: "gone" }));
    const spare = copy.addCell((identity) => ({ ...identity, parameters: { ...identity.parameters, terms: 7 } }));
    const damaged = path.join("store", "cells", "sums", `${"f".repeat(16)}.json`);
    writeFileSync(path.join(copy.results, damaged), "{");
    assert.equal(
      sorted(await copy.waste()),
      sorted([
        ...smokeWaste(copy),
        ["old-cells", older],
        ["old-cells", gone],
        ["old-cells", damaged],
        ["spare-cells", spare],
      ]),
    );

    // A run of older code keeps what it refers to.
    const file = path.join(copy.results, "sums", "provenance.json");
    const origin = JSON.parse(readFileSync(file, "utf8"));
    origin.cells.push({ ...origin.cells[0], id: path.basename(older, ".json") });
    writeFileSync(file, JSON.stringify(origin));
    assert.not((await copy.waste()).some(([, entry]) => entry === older));
  }));

test("networks go by the code that their plan has today, by who refers to them, and by how far they are", () =>
  inCopy(async (copy) => {
    const code = codeFingerprint(measuringCode(fixture).models);
    const plan = { architecture: { name: "resnet8", inputShape: [14, 14, 1] }, steps: 4 };
    const data = { name: "mnist" as const, checksum: "d".repeat(64) };
    const today = modelId({ plan, data: data.checksum, backend: "tensorflow", threads: 1, code });
    const whole = { "plan.json": JSON.stringify(plan), "model.safetensors": "weights" };
    const [here, there] = ["aaaaaaaa", "bbbbbbbb"];
    const current = copy.addNetwork(`${today}-${here}`, whole);
    const withoutRuntime = copy.addNetwork(today, whole);
    const older = copy.addNetwork(`${"0".repeat(16)}-${here}`, whole);
    const half = copy.addNetwork(`${"1".repeat(16)}-${here}`, { "checkpoint.safetensors": "half" });
    const used = copy.addNetwork(`${"2".repeat(16)}-${here}`, { ...whole, "checkpoint.safetensors": "left" });
    const ofOldCell = copy.addNetwork(`${"3".repeat(16)}-${here}`, whole);
    const unreadable = copy.addNetwork(`${"4".repeat(16)}-${here}`, { ...whole, "plan.json": "{" });
    const colour = { ...plan, architecture: { ...plan.architecture, inputShape: [32, 32, 3] } };
    const ofOtherData = copy.addNetwork(`${"5".repeat(16)}-${here}`, { ...whole, "plan.json": JSON.stringify(colour) });
    const cell = copy.addCell(
      (identity) => ({ ...identity, data, code: `${identity.code}0` }),
      [`${"2".repeat(16)}-${here}`],
    );
    const wanting = copy.addCell(
      (identity) => ({ ...identity, setting: { ...identity.setting, seed: 9 } }),
      [`${"2".repeat(16)}-${here}`],
    );
    const old = copy.addCell((identity) => ({ ...identity, code: "0".repeat(64) }), [`${"3".repeat(16)}-${here}`]);
    assert.equal(
      sorted(await copy.waste()),
      sorted([
        ...smokeWaste(copy),
        ["old-cells", cell],
        ["old-cells", old],
        ["spare-cells", wanting],
        ["spare-networks", current],
        ["old-networks", withoutRuntime], // nobody loads it, as nobody knows what trained it
        ["old-networks", older],
        ["half-trained", half],
        ["checkpoints", path.join(used, "checkpoint.safetensors")],
        ["old-networks", ofOldCell],
        ["spare-networks", unreadable], // cannot be told, so it is not taken for old
        ["spare-networks", ofOtherData],
      ]),
    );

    // Of one network that two runtimes trained, that which a run refers to stays, and the other is told apart.
    const spare = copy.addCell(
      (identity) => ({ ...identity, parameters: { ...identity.parameters, terms: 8 } }),
      [`${today}-${there}`],
    );
    const other = copy.addNetwork(`${today}-${there}`, whole);
    const kinds = new Map((await copy.waste()).map(([kind, entry]) => [entry, kind]));
    assert.equal(
      [kinds.get(spare), kinds.get(other), kinds.get(current)],
      ["spare-cells", undefined, "other-runtimes"],
    );
  }));

test("what attestations measured goes by its name alone", () =>
  inCopy(async (copy) => {
    const kept = ["store/attest/4f2a91c07d33", "store/attest/today"];
    for (const folder of kept) {
      const store = path.join(copy.results, folder, "smoke/store");
      mkdirSync(store, { recursive: true });
      writeFileSync(path.join(store, "cell.json"), "{}");
    }
    const named = kept.map((folder): [WasteKind, string] => ["attested", folder]);
    assert.equal(sorted(await copy.waste()), sorted([...smokeWaste(copy), ...named]));
    assert.is((await copy.clean("--yes")).status, 0);
    assert.equal(await copy.waste(), named);
    assert.is((await copy.clean("attested", "--yes")).status, 0);
    assert.equal(await copy.waste(), []);
  }));

const runtime: RuntimeFacts = {
  ...{ backend: "tensorflow", tensorFlowVersion: "2.18.1", tensorFlowJsVersion: "4.22.0", nodeVersion: "20.20.2" },
  ...{ isGpu: false, gpu: null, threads: 1, processor: { model: "a", features: ["avx2"] }, platform: "linux x64" },
  kernels: { binding: "@tensorflow/tfjs-node-gpu 4.22.0", instructionSet: ["avx2"], settings: {} },
};
const elsewhere = fc.record({
  cell: fc.nat({ max: 5 }),
  tensorFlowVersion: fc.constantFrom("2.9.1", "2.18.1"),
  gpu: fc.constantFrom(null, "NVIDIA H200"),
});

law(
  "what other runtimes measured of a run's cells never goes by itself, and is told of",
  [fc.array(elsewhere, { minLength: 1, maxLength: 6 })],
  (measured) =>
    inCopy(async (copy) => {
      const quick = copy.cells.records().filter(({ identity }) => identity.parameters.terms === 5);
      const others = new Set<string>();
      for (const { cell, ...facts } of measured) {
        const record = quick[cell]!;
        const other = { ...runtime, ...facts };
        const id = storedId(record.id, identityOfFacts(other));
        copy.cells.write({ ...record, id, runtime: other });
        others.add(path.join("store", "cells", "sums", `${id}.json`));
      }
      const expected = [...others].map((file): [WasteKind, string] => ["other-runtimes", file]);
      assert.equal(sorted(await copy.waste()), sorted([...smokeWaste(copy), ...expected]));
      assert.ok(spareKinds.includes("other-runtimes"));
    }),
  { numRuns: 20 },
);

test("what a process holds stays, whoever asks", () =>
  inCopy(async (copy) => {
    const id = "0".repeat(16);
    const files = {
      "plan.json": JSON.stringify({ architecture: { inputShape: [14, 14, 1] } }),
      "model.safetensors": "",
    };
    const network = copy.addNetwork(id, files);
    copy.addCell((identity) => ({ ...identity, code: "0".repeat(64), data: { name: "mnist", checksum: "d" } }));
    const release = await acquireLock(path.join(copy.models, `${id}.lock`));
    try {
      const { status, stdout } = await copy.clean("--yes", "old-networks");
      assert.is(status, 0);
      assert.match(stdout, "left alone, as a process holds it: ");
      assert.ok(existsSync(path.join(copy.results, network)));
    } finally {
      release();
    }
    const { status, stdout } = await copy.clean("--yes", "old-networks");
    assert.is(status, 0);
    assert.match(stdout, /^freed \d+ B$/m);
    assert.not(existsSync(path.join(copy.results, network)));
    assert.not(existsSync(path.join(copy.models, `${id}.lock`)));
  }));

test("half-written files go once they are old, and a smoke run under way stays until then", () =>
  inCopy(async (copy) => {
    const file = path.join(copy.results, "sums", "rows.csv.tmp-123");
    writeFileSync(file, "half");
    const provenance = path.join(copy.results, "sums-smoke", "provenance.json");
    writeFileSync(provenance, readFileSync(provenance, "utf8").replace('"complete": true', '"complete": false'));
    assert.equal(await copy.waste(), []);
    const old = new Date(Date.now() - 3_700_000);
    utimesSync(file, old, old);
    assert.equal(await copy.waste(), [["temporary", path.join("sums", "rows.csv.tmp-123")]]);
    assert.equal(
      sorted(await copy.waste(3_700_000)),
      sorted([...smokeWaste(copy), ["temporary", path.join("sums", "rows.csv.tmp-123")]]),
    );
  }));

test("what git tracks stays, and where git does not answer nothing is freed", () =>
  inCopy(async (copy) => {
    const git = (...words: string[]) => execFileSync("git", words, { cwd: copy.folder, stdio: "pipe" });
    git("init", "--quiet");
    const [, , cell, ...others] = smokeWaste(copy);
    git("add", "--force", path.join("results", cell![1]));
    assert.equal(sorted(await copy.waste()), sorted([...smokeWaste(copy).slice(0, 2), ...others]));
    git("add", "--force", "results/sums-smoke");
    assert.equal(await copy.waste(), []); // a smoke run that is committed is a run like others
    rmSync(path.join(copy.folder, ".git", "HEAD"));
    const { status, stderr } = await copy.clean("--yes");
    assert.is(status, 2);
    assert.match(stderr, "git does not say what it tracks in ");
  }));

test("nothing is deleted without --yes; with it what was listed, and not a file more", () =>
  inCopy(async (copy) => {
    copy.addCell((identity) => ({ ...identity, code: "0".repeat(64) }));
    const spare = copy.addCell((identity) => ({ ...identity, parameters: { ...identity.parameters, terms: 7 } }));
    const place = { results: copy.results, experiments, findData: async () => null };
    const before = copy.all();
    const [listed, json] = await Promise.all([copy.clean("--list"), copy.clean("--json")]);
    assert.is(listed.status, 0, listed.stderr);
    assert.match(listed.stdout, /^smoke +6 +\S+ kB +runs at the scale smoke/m);
    assert.match(listed.stdout, /^old-cells +1 +\S+ B +cells of older code/m);
    assert.match(listed.stdout, /^spare-cells +1 +\S+ B +stays: /m);
    assert.match(listed.stdout, /^would free \S+ kB; 1 run, 7 cells and 0 networks stay$/m);
    assert.match(listed.stdout, "Nothing is deleted yet: give --yes");
    assert.equal(copy.all(), before);
    const { freed, bytes, kinds } = JSON.parse(json.stdout) as {
      freed: boolean;
      bytes: number;
      kinds: { kind: WasteKind; chosen: boolean; bytes: number; paths: string[] }[];
    };
    assert.is(freed, false);
    const chosen = kinds.filter((kind) => kind.chosen);
    assert.is(
      bytes,
      chosen.reduce((sum, kind) => sum + kind.bytes, 0),
    );
    const doomed = chosen.flatMap(({ paths }) => paths);

    assert.is((await copy.clean("--yes", "--quiet")).status, 0);
    const isDoomed = (file: string) => doomed.some((entry) => file === entry || file.startsWith(`${entry}${path.sep}`));
    assert.equal(
      copy.all(),
      before.filter((file) => !isDoomed(file)),
    );
    assert.equal(await copy.waste(), [["spare-cells", spare]]);
    assert.is((await verifyRun("sums", place)).state, "current");
    const again = await run(["--results", copy.results, "--reports", copy.reports, "--dry-run", "--workers", "1"]);
    assert.match(again.stderr, "6 cached, 0 to do"); // nothing that it needs is gone
    assert.is((await copy.clean("spare-cells", "--yes")).status, 0);
    assert.equal(await copy.waste(), []);
  }));

test("where it cannot be told what a run refers to nothing is freed, and misuse deletes nothing", () =>
  inCopy(async (copy) => {
    const before = copy.all();
    const outcomes = await Promise.all([
      copy.clean("--yes", "cells"),
      copy.clean("--yes", "--force"),
      copy.clean("--yes", "--results", path.join(copy.folder, "nowhere")),
    ]);
    assert.equal(
      outcomes.map(({ status }) => status),
      [2, 2, 2],
    );
    assert.match(outcomes[0]!.stderr, "Allowed choices are smoke, old-cells");
    assert.match(outcomes[2]!.stderr, "there is no folder ");
    assert.equal(copy.all(), before);
    writeFileSync(path.join(copy.results, "sums", "provenance.json"), "{");
    const damaged = await copy.clean("--yes");
    assert.is(damaged.status, 2);
    assert.match(damaged.stderr, "cannot read a run: sums/provenance.json is damaged (");
    assert.match(damaged.stderr, "nothing is freed");
    assert.equal(copy.all(), before);
  }));

law(
  "sizes read as numbers of three or four digits with their unit",
  [fc.nat({ max: 2 ** 31 - 1 }), fc.nat(3)],
  (n, power) => {
    const bytes = n * 1000 ** power;
    const [, value, unit] = /^([\d.]+) ([kMGT]?B)$/.exec(sizeText(bytes)) ?? [];
    const factor = 1000 ** ["B", "kB", "MB", "GB", "TB"].indexOf(unit!);
    assert.ok(Math.abs(Number(value) * factor - bytes) <= 0.051 * factor || Number(value) >= 99.5);
    assert.ok(Math.abs(Number(value) * factor - bytes) <= 0.5 * factor);
    assert.ok(Number(value) < 1000.5 || unit === "TB");
  },
);

test.run();
