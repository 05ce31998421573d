import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import deletion from "../../experiments/block-deletion";
import arithmetic from "../../experiments/layer-arithmetic";
import { terminal, UsageError } from "../../src/base";
import { readCommandLine } from "../../src/cli/run";
import { type FoundData, localLauncher, planRun, prepareRun } from "../../src/run";
import { reproducingCommand } from "../../src/run/run-plan";
import { bfloat16Problem } from "../../src/runtime";
import { cnnFindings, inPlace, type Place, start } from "./program";

const data: FoundData = {
  name: "mnist",
  checksum: "of no images",
  origin: "nowhere",
  images: { height: 28, width: 28, channels: 1 },
  folder: null,
};
const file = require.resolve("../../experiments/block-deletion");

async function planOf({ options }: Place, ...words: string[]) {
  const asked = readCommandLine(deletion, [...options, "--scale", "smoke", ...words], ["run", "program"])!;
  return planRun(deletion, file, { ...asked, threads: 1 }, async () => data);
}

test("float32 by name is the default: no cell, network or run has another name", () =>
  inPlace(async (place) => {
    const [plain, named] = [await planOf(place), await planOf(place, "--precision", "float32")];
    assert.equal(
      named.cells.map(({ id, network }) => [id, network?.id]),
      plain.cells.map(({ id, network }) => [id, network?.id]),
    );
    assert.is(named.name, plain.name);
    assert.is(reproducingCommand(named), reproducingCommand(plain));
    for (const { identity } of plain.cells) assert.not(Object.hasOwn(identity, "precision"));
    for (const plan of plain.trainings.values()) assert.not(Object.hasOwn(plan, "precision"));
  }));

test("in bfloat16 every cell and every trained network is another, as is the run, and its command says so", () =>
  inPlace(async (place) => {
    const [plain, half] = [await planOf(place), await planOf(place, "--precision", "bfloat16")];
    assert.is(half.cells.length, plain.cells.length);
    const names = [plain, half].flatMap(({ cells }) => cells.flatMap(({ id, network }) => [id, network!.id]));
    assert.is(new Set(names).size, names.length);
    for (const { precision } of half.trainings.values()) assert.is(precision, "bfloat16");
    assert.is(half.name, `${plain.name}-bfloat16`);
    assert.match(reproducingCommand(half), "--precision bfloat16");
  }));

test("bfloat16 is refused where nothing multiplies it, and for an experiment without trained networks", () =>
  inPlace(async (place) => {
    const refused = (what: RegExp) => (error: Error) => error instanceof UsageError && what.test(error.message);
    const plan = await planOf(place, "--precision", "bfloat16", "--backend", "cpu");
    const screen = terminal({ quiet: true, colour: false });
    const outcome = await prepareRun(plan, localLauncher(1, 1), screen).catch((error: Error) => error);
    assert.ok(refused(/the backend "cpu" has no bfloat16/)(outcome as Error), String(outcome));
    assert.throws(
      () => readCommandLine(arithmetic, ["--precision", "bfloat16"], ["run", "program"]),
      refused(/^--precision bfloat16: layer-arithmetic measures no network/),
    );
    assert.ok(readCommandLine(arithmetic, ["--precision", "float32"], ["run", "program"]));
  }));

const problem = bfloat16Problem();
const bfloat16Test: (title: string, body: () => Promise<void>) => void =
  problem === null ? test : (title) => test.skip(title, () => {});

bfloat16Test("a run in bfloat16 trains, is judged, says so everywhere, and is current when it is verified", () =>
  inPlace(async ({ options, results, reports }) => {
    const words = ["run", "residual-sum", "--scale", "smoke", "--seeds", "1", "--precision", "bfloat16"];
    const ended = await start([...words, ...options], {}, cnnFindings).ended;
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, "bfloat16");
    const name = readdirSync(results).find((folder) => folder.startsWith("residual-sum-smoke-bfloat16"))!;
    const provenance = JSON.parse(readFileSync(path.join(results, name, "provenance.json"), "utf8"));
    assert.is(provenance.precision, "bfloat16");
    const page = readFileSync(path.join(reports, `${name}.html`), "utf8");
    assert.match(page, "precision <strong>bfloat16</strong>");
    assert.match(page, "Activations and their gradients are in bfloat16.");
    const verified = await start(["verify", name, "--results", results], {}, cnnFindings).ended;
    assert.is(verified.status, 0, verified.stdout);
    assert.match(verified.stdout, "1 of 1 run current");
  }),
);

test.run();
