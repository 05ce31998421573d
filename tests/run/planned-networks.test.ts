/** What estimates of time know of the networks that cells ask for, against what a run then trains. */
import { readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addAttestation } from "../../src/archive";
import { terminal } from "../../src/base/terminal";
import { findExperiments } from "../../src/experiment/experiment-files";
import { askedId, codeFingerprint, isStoredId } from "../../src/identity";
import { lookUpData } from "../../src/run/find-data";
import { localLauncher } from "../../src/run/launcher";
import { estimatesOf, type PreparedRun, prepareRun, spansOfRuns } from "../../src/run/run";
import type { RunOptions } from "../../src/run/run-plan";
import { networkNames, planRun, type RunPlan, storedNetworks } from "../../src/run/run-plan";
import { sum } from "../../src/statistics";
import { inPlace, start } from "./program";

const folder = path.resolve(__dirname, "../../experiments");
const screen = terminal({ quiet: true, colour: false });

function optionsFor(place: { results: string; reports: string }, more: Partial<RunOptions>): RunOptions {
  return {
    ...{ scale: "smoke", data: "mnist", dataFolder: null, overrides: {}, backend: "tensorflow", threads: 1, only: [] },
    ...{ fresh: null, dryRun: false, strict: false, quiet: true, json: false, debug: false, colour: false },
    ...{ jobs: null, command: "", ...place, ...more },
  };
}

async function planOf(name: string, options: RunOptions): Promise<RunPlan> {
  const [{ definition, file }] = findExperiments(folder, [name]) as [ReturnType<typeof findExperiments>[number]];
  return planRun(definition, file, options, () => lookUpData(options, screen));
}

async function prepared(name: string, options: RunOptions): Promise<PreparedRun> {
  return prepareRun(await planOf(name, options), localLauncher(2, 1), screen);
}

const networksOf = ({ cells }: RunPlan) => cells.map(({ network }) => network!.id);

test("a run trains just the networks that its plan names, and finds them in the store afterwards", () =>
  inPlace(async ({ options: words, results, reports }) => {
    const options = optionsFor({ results, reports }, { overrides: { seeds: "1" } });
    const before = await planOf("residual-sum", options);
    assert.is((await storedNetworks(before)).size, 0);
    const again = path.join(folder, "residual-sum.ts");
    const run = await start(["--scale", "smoke", "--seeds", "1", "--workers", "2", ...words], {}, again).ended;
    assert.is(run.status, 0, run.stderr);
    const models = readdirSync(path.join(results, "store", "models")).filter(isStoredId);
    assert.equal(models.map(askedId), [...new Set(networksOf(before))]);
    const after = await planOf("residual-sum", options);
    assert.equal([...(await storedNetworks(after))], models.map(askedId));
    const nameOf = await networkNames(after);
    assert.equal(models.map(askedId).map(nameOf), models);

    // Those of another machine are none that a run would load.
    for (const name of models) {
      const folder = path.join(results, "store", "models");
      renameSync(path.join(folder, name), path.join(folder, `${askedId(name)}-00000000`));
    }
    assert.is((await storedNetworks(after)).size, 0);
    const nodes = { ...after, options: { ...options, elsewhere: true } };
    assert.equal([...(await storedNetworks(nodes))], models.map(askedId));
    assert.equal(
      models.map(askedId).map(await networkNames(nodes)),
      models.map((name) => `${askedId(name)}-00000000`),
    );
  }));

test("networks that an earlier code trained are those of today's code, where an attestation says that both train the same", () =>
  inPlace(async ({ results, reports }) => {
    const options = optionsFor({ results, reports }, { overrides: { seeds: "1" } });
    const own = await planOf("residual-sum", options);
    const after = own.measuringCode.cells.roots;
    const before = { ...after, training: "0".repeat(64) };
    addAttestation(results, {
      ...{
        version: 1,
        from: "an earlier commit",
        to: "today's",
        date: "2026-01-01T00:00:00.000Z",
        machine: "a processor",
      },
      runtime: {
        ...{ tensorFlow: null, binding: "none", device: "cpu", instructionSet: [], precision: "float32", threads: 1 },
        settings: {},
      },
      networks: 1,
      experiments: [{ experiment: "residual-sum", before, after, cells: [{ scale: "smoke", cell: "seed 1" }] }],
    });
    const attested = await planOf("residual-sum", options);
    const { models } = own.measuringCode;
    const earlier = codeFingerprint({ ...models, roots: { ...models.roots, training: before.training } });
    assert.is(own.code.models, codeFingerprint(models));
    assert.is(attested.code.models, earlier);
    assert.not.equal(networksOf(attested), networksOf(own));
    assert.equal(
      attested.cells.map(({ id }) => id),
      own.cells.map(({ id }) => id),
      "rows are still of today's code",
    );
  }));

test("experiments that share a network count its training once, whichever comes first", () =>
  inPlace(async ({ results, reports }) => {
    const options = optionsFor({ results, reports }, { scale: "quick" });
    const runs = await Promise.all(["block-reordering", "block-deletion"].map((name) => prepared(name, options)));
    const [reordering, deletion] = runs.map(({ plan }) => new Set(networksOf(plan))) as [Set<string>, Set<string>];
    const shared = [...reordering].filter((id) => deletion.has(id));
    assert.is(shared.length, 5 * 2); // the residual and the plain network of 32 layers, with five seeds each
    const pace = (work: number) => work / runs[0]!.speed.rate;
    const training = new Map(runs.flatMap(({ plan }) => plan.cells.map(({ network }) => [network!.id, network!.work])));
    const own = runs.flatMap(({ plan }) => plan.cells.map(({ work }) => work!));
    const once = pace(sum([...training.values()]) + sum(own));
    for (const order of [runs, runs.toReversed()]) {
      const all = sum(spansOfRuns(order).flatMap((spans) => spans.map((span) => span!.middle)));
      assert.ok(Math.abs(all / once - 1) < 1e-12, `${all}, once each ${once}`);
      const [first, second] = estimatesOf(order).map(({ middle }) => middle) as [number, number];
      assert.is(first, estimatesOf([order[0]!])[0]!.middle);
      assert.ok(second < estimatesOf([order[1]!])[0]!.middle);
    }
  }));

test.run();
