/** Files of the model store that something else than the harness has changed, as a failing disk does. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork } from "../../src/networks";
import { cellRun } from "../../src/run/cell-run";
import type { Assignment } from "../../src/run/worker-pool";
import { checkFiles } from "../../src/store/checked-files";
import { discardDamaged } from "../../src/store/model-files";
import {
  type Checkpoint,
  prepareImages,
  readCheckpoint,
  type TrainingPlan,
  train,
  writeCheckpoint,
} from "../../src/training";
import { law } from "../property";
import { toyData, toyPlan } from "../training/toy";

const folder = mkdtempSync(path.join(os.tmpdir(), "model-files-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const plan: TrainingPlan = { ...toyPlan, steps: 40 };
const assignment: Assignment = {
  ...{ experimentFile: "", parameters: {}, data: "mnist", dataFolder: null, dataChecksum: null, backend: "tensorflow" },
  ...{ threads: 1, modelCode: "code", modelsFolder: folder },
};

/** Asks for the network of the plan as a cell does. */
async function ask() {
  const { run, models } = cellRun({
    assignment,
    data: async () => toyData,
    signal: new AbortController().signal,
    onProgress: () => {},
    onChecked: () => {},
  });
  const { said } = await listening(async () => {
    const { network } = await run.trained(plan);
    disposeNetwork(network);
  });
  const [{ id, trained }] = models as [(typeof models)[number]];
  return { directory: path.join(folder, id), trained, said };
}

/** What is written to standard error, a worker's log, while something is done. */
async function listening(action: () => Promise<void>): Promise<{ said: string }> {
  const usual = console.error;
  const lines: unknown[] = [];
  console.error = (line: unknown) => lines.push(line);
  try {
    await action();
  } finally {
    console.error = usual;
  }
  return { said: lines.join("\n") };
}

const filesIn = (directory: string) =>
  new Map(readdirSync(directory).map((name) => [name, readFileSync(path.join(directory, name)).toString("latin1")]));

/** A byte changed at a share of the file's length, or the file cut there. */
const damage = fc.record({ share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), change: fc.nat(255) });

function spoil(file: string, { share, change }: { readonly share: number; readonly change: number }): void {
  const bytes = readFileSync(file);
  const at = Math.floor(share * bytes.length);
  bytes[at]! ^= change;
  writeFileSync(file, change === 0 ? bytes.subarray(0, at) : bytes);
}

let directory: string;
let whole: ReadonlyMap<string, string>;
test.before(async () => {
  ({ directory } = await ask());
  whole = filesIn(directory);
});

test("a trained network's folder holds its files and the list of their checksums", () => {
  assert.equal([...whole.keys()].sort(), ["SHA256SUMS", "history.json", "model.safetensors", "plan.json"]);
  assert.equal(checkFiles(directory, ["model.safetensors", "history.json", "plan.json"]), []);
});

law(
  "whatever byte of whatever file is changed or lost, all files are as before once the network is asked for",
  [fc.constantFrom("SHA256SUMS", "history.json", "model.safetensors", "plan.json"), damage],
  async (name, spoiling) => {
    spoil(path.join(directory, name), spoiling);
    const changed = filesIn(directory).get(name) !== whole.get(name);
    const { trained, said } = await ask();
    assert.equal(filesIn(directory), whole);
    if (name === "model.safetensors") assert.is(trained, changed);
    assert.is(said.includes("it is made again"), trained);
  },
  {
    numRuns: 12,
    examples: [
      ["model.safetensors", { share: 0.9, change: 1 }],
      ["SHA256SUMS", { share: 0.5, change: 0 }],
    ],
  },
);

test("a network whose trainer was killed before it wrote the list is taken, and gets its list", async () => {
  rmSync(path.join(directory, "SHA256SUMS"));
  rmSync(path.join(directory, "plan.json"));
  const { trained } = await ask();
  assert.is(trained, false);
  assert.equal(filesIn(directory), whole);
});

test("a list of another model is no reason to believe a model that was put beside it", async () => {
  const file = path.join(directory, "model.safetensors");
  const { history, weights } = readCheckpoint(file)!;
  const others = new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + 1) }]),
  );
  writeCheckpoint(file, { step: 40, history, weights: others, velocities: new Map() }); // whole in itself
  const { trained, said } = await ask();
  assert.is(trained, true);
  assert.match(said, "model.safetensors is not as it was written; it is made again");
  assert.equal(filesIn(directory), whole);
});

/** A checkpoint in the middle of a training, and the bytes of its file. */
const checkpointFile = path.join(folder, "half", "checkpoint.safetensors");
let checkpoint: Checkpoint;
let checkpointBytes: Buffer;
test("a checkpoint as training leaves it is kept", async () => {
  const images = prepareImages(toyData, toyPlan.images, toyPlan.seed);
  const checkpoints: Checkpoint[] = [];
  const { network } = await train(toyPlan, images, { onCheckpoint: (one) => checkpoints.push(one) });
  disposeNetwork(network);
  for (const one of checkpoints) {
    writeCheckpoint(checkpointFile, one);
    discardDamaged(path.dirname(checkpointFile), assert.unreachable);
    assert.ok(existsSync(checkpointFile), `step ${one.step}`);
  }
  checkpoint = checkpoints.find(({ step }) => step === 100)!;
  writeCheckpoint(checkpointFile, checkpoint);
  checkpointBytes = readFileSync(checkpointFile);
});

/** Whether a changed checkpoint was refused; what is taken must lead to the same network. */
function isRefused(bytes: Uint8Array): boolean {
  writeFileSync(checkpointFile, bytes);
  const notices: string[] = [];
  discardDamaged(path.dirname(checkpointFile), (notice) => notices.push(notice));
  const taken = readCheckpoint(checkpointFile);
  assert.is(notices.length, taken === null ? 1 : 0);
  if (taken === null) return true;
  assert.equal(taken, checkpoint);
  return false;
}

law(
  "a checkpoint with a changed byte is refused, or says the same",
  [fc.boolean(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 255 })],
  (inHeader, share, change) => {
    const header = Number(checkpointBytes.readBigUInt64LE());
    const bytes = Buffer.from(checkpointBytes);
    bytes[Math.floor(share * (inHeader ? 8 + header : bytes.length))]! ^= change;
    isRefused(bytes);
  },
  { numRuns: 300 },
);

test("no changed digit or name in its history passes, and no lost history", () => {
  const text = checkpointBytes.toString("latin1");
  const replacements: [RegExp, (found: string) => string][] = [
    [/\\"step\\":\d+/g, (found) => found.replace("step", "stop")],
    [/\\"step\\":\d+/g, (found) => found.replace(/\d/, (digit) => String((Number(digit) + 1) % 10))],
    [/\\"step\\":\d+/g, (found) => found.replace(/\d(?!\d)/, "e")],
    [/"history"/g, () => '"hiztory"'],
    [
      /\\"(loss|accuracy|blocksRun)\\":\d/g,
      (found) => found.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)),
    ],
    [/\\"learningRate\\":0\.0/g, (found) => `${found.slice(0, -1)}1`],
  ];
  for (const [wanted, replace] of replacements) {
    const places = [...text.matchAll(wanted)];
    assert.ok(places.length > 0, String(wanted));
    for (const { 0: found, index } of places) {
      const changed = text.slice(0, index) + replace(found) + text.slice(index + found.length);
      assert.is(changed.length, text.length);
      assert.ok(isRefused(Buffer.from(changed, "latin1")), `${found} at ${index}`);
    }
  }
});

test("a header that is made to make its reader fail is refused like any other", () => {
  const header = Buffer.from(JSON.stringify({ a: { dtype: { toString: 1, valueOf: 1 } } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  assert.ok(isRefused(Buffer.concat([length, header])));
});

test.run();
