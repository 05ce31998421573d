import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkArchitecture, countsEqualSnapshot, generatedArchitectures, type SnapshotCounts } from "../../src/laws";
import { temporaryFolder } from "../runtime/sandbox";
import { brokenBy, errorOf, misfitFamily, sound, withEnvironment } from "./broken";

const folder = temporaryFolder();
const network = sound({ inputShape: [8, 8, 1], classes: 2 });

/** A snapshot that was just written. */
async function written(name: string): Promise<string> {
  const snapshot = join(folder, name);
  await countsEqualSnapshot([network, misfitFamily], { snapshot, updateSnapshot: true });
  return snapshot;
}

function change(snapshot: string, edit: (counts: Record<string, SnapshotCounts>) => unknown): void {
  const counts = JSON.parse(readFileSync(snapshot, "utf8")) as Record<string, SnapshotCounts>;
  edit(counts);
  writeFileSync(snapshot, JSON.stringify(counts));
}

test("a written snapshot holds the counts by hand, and is kept", async () => {
  const snapshot = await written("kept.json");
  const counts = JSON.parse(readFileSync(snapshot, "utf8")) as Record<string, SnapshotCounts>;
  assert.equal(Object.keys(counts), ["sound", "misfit4", "misfit6", "misfit8"]);
  const stem = 9 * 1 * 4;
  const block1 = 2 * 9 * 4 * 4;
  const block2 = 9 * 4 * 6 + 9 * 6 * 6 + 4 * 6;
  const head = 6 * 2;
  const normalised = 4 + 4 + 4 + 6 + 6; // channels of the five normalisations
  assert.equal(counts.sound, {
    trainable: stem + block1 + block2 + head + 2 + 2 * normalised,
    total: stem + block1 + block2 + head + 2 + 4 * normalised,
    multiplyAccumulates: 64 * (stem + block1) + 16 * block2 + head,
  });
  await countsEqualSnapshot([network, misfitFamily], { snapshot });
  await countsEqualSnapshot([network, misfitFamily], { snapshot: pathToFileURL(snapshot) });
});

test("a changed count, a missing and a new network are each named, with the network as blocks", async () => {
  const snapshot = await written("changed.json");
  change(snapshot, (counts) => {
    counts.sound = { ...counts.sound!, trainable: 700 };
    counts.gone = counts.misfit4!;
    delete counts.misfit4;
  });
  const before = readFileSync(snapshot, "utf8");
  const broken = await brokenBy(checkArchitecture([network, misfitFamily], { laws: ["snapshot"], snapshot }));
  assert.is(broken.law, "snapshot");
  assert.match(broken.message, /^ {4}sound: trainable parameters 700 in the snapshot, now \d+$/m);
  assert.match(broken.message, "misfit4: is not in the snapshot");
  assert.match(broken.message, "gone: is in the snapshot, and no more among the networks");
  assert.match(broken.message, /^ {4}sound: images of 8x8x1, 2 classes$/m);
  assert.match(broken.message, "UPDATE_SNAPSHOTS=1");
  assert.is(readFileSync(snapshot, "utf8"), before, "the snapshot was touched");
});

test("it is written where that is asked for, by option or environment, and not else", async () => {
  const snapshot = join(folder, "deep", "new.json");
  const { message } = await brokenBy(countsEqualSnapshot(network, { snapshot }));
  assert.match(message, `there is no snapshot ${snapshot} yet: write it by the option updateSnapshot: true`);
  assert.not(existsSync(snapshot));
  await withEnvironment({ UPDATE_SNAPSHOTS: "1" }, () => checkArchitecture(network, { laws: ["snapshot"], snapshot }));
  await countsEqualSnapshot(network, { snapshot });
});

test("it is written whole or not at all", async () => {
  const there = join(folder, "is-a-folder.json");
  mkdirSync(there);
  const error = await errorOf(countsEqualSnapshot(network, { snapshot: there, updateSnapshot: true }));
  assert.is(error.name, "FileError");
  assert.match(error.message, `cannot write ${there}`);
  assert.equal(readdirSync(there), []);
  assert.equal(
    readdirSync(folder).filter((name) => name.includes(".tmp-")),
    [],
  );
  if (process.getuid?.() === 0) return; // root may write anywhere
  const locked = join(folder, "locked");
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  assert.match(
    (await errorOf(countsEqualSnapshot(network, { snapshot: join(locked, "x.json"), updateSnapshot: true }))).message,
    "no permission",
  );
  chmodSync(locked, 0o700);
});

test("what is no snapshot is refused: torn, foreign, or of something else", async () => {
  const snapshot = await written("torn.json");
  const whole = readFileSync(snapshot, "utf8");
  for (const text of ["", whole.slice(0, -9), "[1]", '{"sound": {"trainable": "many"}}', "null"]) {
    writeFileSync(snapshot, text);
    const error = await errorOf(countsEqualSnapshot(network, { snapshot }));
    assert.instance(error, SyntaxError, text);
    assert.match(error.message, `${snapshot} holds no counts of networks`);
  }
});

test("families and functions are counted for images and depths that can be told", async () => {
  const snapshot = join(folder, "told.json");
  const options = { snapshot, snapshotDepths: [6], snapshotImages: [16, 12, 1] } as const;
  await countsEqualSnapshot([sound, misfitFamily], { ...options, updateSnapshot: true });
  assert.equal(Object.keys(JSON.parse(readFileSync(snapshot, "utf8"))), ["sound", "misfit6"]);
  await countsEqualSnapshot([sound, misfitFamily], options);
  const { message } = await brokenBy(countsEqualSnapshot([sound, misfitFamily], { snapshot, snapshotDepths: [6] }));
  assert.match(message, /sound: trainable parameters \d+ in the snapshot, now \d+; .*multiply-accumulates/);
  assert.instance(await errorOf(countsEqualSnapshot(generatedArchitectures(), { snapshot })), RangeError);
});

test.run();
