/** The curves of trainings as event files: written once, gone on with, and by a run as a person starts it. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { appendEvents, curveFolder, trainingEvents } from "../../src/run/training-curves";
import { planByName, type TrainingEntry, type TrainingPlan } from "../../src/training";
import { law } from "../property";
import { type ReadEvent, readEvents } from "../report/event-reader";
import { inPlace, type Place, start } from "./program";

const weights = path.join(__dirname, "..", "fixtures", "weights.ts");
const folder = mkdtempSync(path.join(os.tmpdir(), "training-curves-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const plan: TrainingPlan = planByName(
  {
    ...{ meanPool: 2, validation: 10, batchSize: 4, schedule: "one cycle", learningRate: 0.1, momentum: 0.9 },
    ...{ nesterov: true, weightDecay: 0, cropPadding: 0, flip: false },
  },
  { network: "resnet8", width: 2, seed: 3, steps: 400 },
  { height: 28, width: 28, channels: 1 },
);

const share = fc.double({ min: 0, max: 1, noNaN: true });
const historyOf = (length: { readonly minLength: number }) =>
  fc
    .array(
      fc.record({
        loss: fc.double({ min: 0, max: 100, noNaN: true }),
        accuracy: share,
        learningRate: share,
        blocksRun: share,
      }),
      { ...length, maxLength: 30 },
    )
    .map((entries) => entries.map((entry, i): TrainingEntry => ({ step: 20 * (i + 1), ...entry })));
const history = historyOf({ minLength: 1 });
/** Milliseconds since 1970. */
const moment = fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 });
const tags = ["loss", "accuracy", "error", "learning_rate", "blocks_run"].map((name) => `training/${name}`);

/** Values of the events at steps from 1 on: tag by tag, step by step. */
function seriesIn(events: readonly ReadEvent[]): Record<string, [step: number, value: number | string][]> {
  const series: Record<string, [number, number | string][]> = {};
  for (const { step, values } of events) {
    for (const { tag, value } of step === 0 ? [] : values) {
      series[tag] ??= [];
      series[tag].push([step, value]);
    }
  }
  return series;
}

function expectedSeries(entries: readonly TrainingEntry[]) {
  const of = (quantity: (entry: TrainingEntry) => number) =>
    entries.map((entry) => [entry.step, Math.fround(quantity(entry))]);
  return {
    "training/loss": of(({ loss }) => loss),
    "training/accuracy": of(({ accuracy }) => accuracy),
    "training/error": of(({ accuracy }) => 1 - accuracy),
    "training/learning_rate": of(({ learningRate }) => learningRate),
    "training/blocks_run": of(({ blocksRun }) => blocksRun),
  };
}

let files = 0;
const newFile = () => path.join(folder, `network-${files++}`, "events.out.tfevents.training");

law(
  "every series of a history is read back as it was",
  [history, moment],
  (entries, written) => {
    const file = newFile();
    appendEvents(file, plan, trainingEvents(entries, written, new Map()));
    const [head, about, ...read] = readEvents(readFileSync(file));
    assert.is(head!.fileVersion, "brain.Event:2");
    assert.match(String(about!.values[0]!.value), "| batch size | 4 |");
    assert.equal(seriesIn(read), expectedSeries(entries));
    assert.equal(
      read[0]!.values.map(({ tag }) => tag),
      tags,
    );
    assert.match(read[0]!.values[0]!.description, "nats");
  },
  { numRuns: 50 },
);

law(
  "a file that grows with its training, or again and again, is the file that is written at once",
  [history, moment, fc.array(fc.nat({ max: 30 }), { maxLength: 5 }), fc.option(fc.nat({ max: 40 }))],
  (entries, written, looks, torn) => {
    const [grown, atOnce] = [newFile(), newFile()];
    const events = trainingEvents(entries, written, new Map());
    for (const seen of looks) {
      appendEvents(grown, plan, events.slice(0, seen)); // also fewer than before
      if (torn !== null && existsSync(grown)) appendFileSync(grown, Buffer.alloc(torn, 7)); // a writer that was killed
    }
    appendEvents(grown, plan, events);
    appendEvents(atOnce, plan, events);
    appendEvents(atOnce, plan, events);
    assert.equal(seriesIn(readEvents(readFileSync(grown))), expectedSeries(entries));
    assert.is(readFileSync(grown).compare(readFileSync(atOnce)), 0);
  },
  { numRuns: 50 },
);

law(
  "times go forward, end with the file's, and are those that were heard of",
  [history, moment, fc.array(fc.nat({ max: 60_000 }), { maxLength: 30 })],
  (entries, written, before) => {
    // Steps are told of in their order, all before the file is written.
    const moments = before.toSorted((one, other) => other - one).map((ago) => written - ago);
    const heard = new Map(moments.map((time, i) => [20 * (i + 1), time]));
    const events = trainingEvents(entries, written, heard);
    events.forEach(({ step, wallTime }, i) => {
      if (i > 0) assert.ok(wallTime >= events[i - 1]!.wallTime);
      assert.ok(wallTime <= written / 1000);
      if (heard.has(step)) assert.is(wallTime, heard.get(step)! / 1000);
    });
    assert.is(events.at(-1)!.wallTime, (heard.get(entries.at(-1)!.step) ?? written) / 1000);
  },
);

test("a network's folder tells its name and seed, and keeps networks apart that differ in neither", () => {
  const architecture = { ...plan.architecture, name: "odd / name" };
  assert.is(curveFolder("0072b687d2fcae78", plan), "resnet8-seed3-0072b6");
  assert.is(curveFolder("0072b687d2fcae78", { ...plan, architecture }), "odd-name-seed3-0072b6");
});

const trained = ({ options }: Place, ...words: readonly string[]) =>
  start(["--scale", "smoke", "--workers", "2", ...options, ...words], {}, weights).ended;

test("a run writes the curves of its networks, those of networks that were trained before it too, and none twice", () =>
  inPlace(async (place) => {
    const begin = Date.now() / 1000;
    const elsewhere = path.join(place.folder, "curves");
    const first = await trained(place, "--tensorboard", elsewhere);
    assert.is(first.status, 0, first.stderr);
    const curves = path.join(place.results, "tensorboard", "weights-smoke");
    assert.not(existsSync(curves));
    const { status, stderr } = await trained(place, "--tensorboard"); // every cell and network is in the store
    assert.is(status, 0, stderr);
    assert.match(stderr, /training curves: 2 networks in \S+weights-smoke \(tensorboard --logdir \S+tensorboard\)/);

    const networks = readdirSync(curves).sort();
    assert.equal(readdirSync(path.join(elsewhere, "weights-smoke")).sort(), networks);
    const fileOf = (folder: string, network: string) => path.join(folder, network, "events.out.tfevents.training");
    const models = path.join(place.results, "store", "models");
    for (const [i, network] of networks.entries()) {
      assert.match(network, new RegExp(`^resnet8-seed${i + 1}-[0-9a-f]{6}$`));
      const id = readdirSync(models).find((name) => name.startsWith(network.slice(-6)))!;
      const kept = path.join(models, id, "history.json");
      const [heard, later] = [path.join(elsewhere, "weights-smoke"), curves].map((folder) =>
        readEvents(readFileSync(fileOf(folder, network))),
      );
      for (const events of [heard!, later!]) {
        assert.equal(seriesIn(events), expectedSeries(JSON.parse(readFileSync(kept, "utf8"))));
      }
      const { mtimeMs: written } = statSync(kept);
      assert.ok(Math.abs(later!.at(-1)!.wallTime - written / 1000) < 1e-3);
      assert.ok(heard!.at(-1)!.wallTime >= begin && heard!.at(-1)!.wallTime <= written / 1000);
    }

    const sizes = () => networks.map((network) => statSync(fileOf(curves, network)).size);
    const once = sizes();
    assert.is((await trained(place, "--tensorboard")).status, 0);
    assert.equal(sizes(), once);
  }));

test("a folder that cannot be one is misuse, told before anything is measured; a dry run makes none", () =>
  inPlace(async (place) => {
    const file = path.join(place.folder, "a-file");
    writeFileSync(file, "");
    const { status, stderr } = await trained(place, "--tensorboard", file);
    assert.is(status, 2, stderr);
    assert.match(stderr, "a-file is a file");
    assert.equal(readdirSync(path.join(place.results, "store", "cells", "weights")), []);
    assert.is((await trained(place, "--tensorboard", "--dry-run")).status, 0);
    assert.not(existsSync(path.join(place.results, "tensorboard")));
  }));

test("an experiment that trains nothing does not offer them", () =>
  inPlace(async ({ options }) => {
    const { status, stderr } = await start([...options, "--tensorboard"]).ended; // the fixture of sums
    assert.is(status, 2);
    assert.match(stderr, "unknown option '--tensorboard'");
  }));

test.run();
