import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/base";
import { channelStatistics, type ImageSet, loadDataset } from "../../src/data";
import { loadCifar10 } from "../../src/data/cifar10";
import { batchFiles, fileBytes, recordBytes } from "../../src/data/cifar10-archive";
import { writeBatch, writeBatches } from "./cifar10-files";
import { inFolder } from "./folders";
import { rejects } from "./rejection";

const copy = resolve(__dirname, "../../../shared/datasets/cifar10");
const planes = Uint8Array.from({ length: 3072 }, (_, at) => (at * 31 + (at >> 8)) % 256);

/** Runs an action with a folder that holds a data set of black images. */
const withBlack = (action: (folder: string) => Promise<unknown>) =>
  inFolder(async (folder) => {
    writeBatches(folder);
    await action(folder);
  });

test("images and labels come out where the files have them, with the colours of a pixel together", () =>
  inFolder(async (folder) => {
    writeBatches(folder, {
      "data_batch_1.bin": [{ record: 0, label: 3, planes }],
      "data_batch_4.bin": [{ record: 9999, label: 9, planes: planes.slice().reverse() }],
      "test_batch.bin": [{ record: 17, label: 1, planes }],
    });
    const counts: number[] = [];
    const {
      training,
      test: unseen,
      classes,
      name,
      origin,
    } = await loadDataset("cifar10", {
      directory: folder,
      onProgress: ({ activity, done }) => {
        assert.is(activity, "reading");
        counts.push(done);
      },
    });
    assert.is(name, "cifar10");
    assert.match(origin, /^local folder "[^/]+", file sizes checked; not known to be the official pixels$/);
    assert.equal([classes[0], classes[6], classes[9]], ["airplane", "frog", "truck"]);
    assert.equal(
      counts,
      [1, 2, 3, 4, 5, 6].map((file) => file * fileBytes),
    );
    const places: [ImageSet, number, number, Uint8Array][] = [
      [training, 0, 3, planes],
      [training, 39_999, 9, planes.slice().reverse()],
      [unseen, 17, 1, planes],
      [training, 1, 0, new Uint8Array(3072)],
    ];
    for (const [set, place, label, expected] of places) {
      assert.is(set.labels[place], label);
      for (let pixel = 0; pixel < 1024; pixel++) {
        const at = place * 3072 + 3 * pixel;
        assert.equal(
          [...set.images.subarray(at, at + 3)],
          [expected[pixel], expected[1024 + pixel], expected[2048 + pixel]],
        );
      }
    }
    assert.equal([training.count, training.height, training.width, training.channels], [50_000, 32, 32, 3]);
    assert.is(unseen.count, 10_000);
  }));

test("the folder of the official archive is found inside the folder named", () =>
  inFolder(async (folder) => {
    const inside = join(folder, "cifar-10-batches-bin");
    mkdirSync(inside);
    // Lengths are checked before anything is read: an empty batch tells quickly which folder was taken.
    for (const file of batchFiles) writeBatch(join(inside, file), [], 0);
    await rejects(() => loadCifar10({ directory: folder }), `${join(inside, "data_batch_1.bin")} is cut short`);
    writeBatch(join(folder, "data_batch_1.bin"));
    await rejects(() => loadCifar10({ directory: folder }), `${folder} has no data_batch_2.bin`);
  }));

test("CIFAR10_DIR is used where no folder is named, and whence the folder comes is told", () =>
  inFolder(async (folder) => {
    const nowhere = join(folder, "nowhere");
    await rejects(
      () => loadCifar10({ environment: { CIFAR10_DIR: folder } }),
      `${folder} has no data_batch_1.bin`,
      `(${folder} comes from CIFAR10_DIR)`,
    );
    await rejects(
      () => loadCifar10({ directory: nowhere, environment: { CIFAR10_DIR: folder } }),
      `there is no folder ${nowhere}`,
      `(${nowhere} comes from --data-dir)`,
    );
  }));

test("another number of class names than ten is an error", () =>
  withBlack(async (folder) => {
    writeFileSync(join(folder, "batches.meta.txt"), "a\nb\n");
    await rejects(() => loadCifar10({ directory: folder }), "batches.meta.txt: need 10 class names", "got 2");
  }));

test("a folder that is missing, or is a file, or lacks batches is an error with remedies", () =>
  withBlack(async (folder) => {
    const remedies = ["--data-dir", "CIFAR10_DIR", "cifar-10-binary.tar.gz"];
    const nowhere = join(folder, "nowhere");
    await rejects(() => loadCifar10({ directory: nowhere }), `there is no folder ${nowhere}`, ...remedies);
    const file = join(folder, "data_batch_1.bin");
    await rejects(() => loadCifar10({ directory: file }), `${file} is a file, need a folder`, ...remedies);
    rmSync(join(folder, "data_batch_3.bin"));
    rmSync(join(folder, "test_batch.bin"));
    await rejects(
      () => loadCifar10({ directory: folder }),
      `${folder} has no data_batch_3.bin, test_batch.bin`,
      ...remedies,
    );
  }));

test("the Python version is told from the binary one", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "data_batch_1"), "");
    await rejects(() => loadCifar10({ directory: folder }), "has no data_batch_1.bin", "need the binary version");
  }));

test("a batch that is cut short or too long is an error that names it and both lengths", () =>
  withBlack(async (folder) => {
    for (const [length, state] of [
      [fileBytes - 1, "cut short"],
      [0, "cut short"],
      [fileBytes + 3073, "too long"],
    ] as const) {
      writeBatch(join(folder, "data_batch_2.bin"), [], length);
      await rejects(
        () => loadCifar10({ directory: folder }),
        `${join(folder, "data_batch_2.bin")} is ${state}: need 10000 records of 3073 bytes, so ${fileBytes} bytes, got ${length}`,
        "--data-dir",
      );
    }
  }));

test("a label above 9 is an error that names its record", () =>
  inFolder(async (folder) => {
    writeBatches(folder, { "data_batch_1.bin": [{ record: 4321, label: 10 }] });
    await rejects(
      () => loadCifar10({ directory: folder }),
      `${join(folder, "data_batch_1.bin")}, record 4321: need a label from 0 to 9, got 10`,
    );
  }));

test("batches are checked against SHA256SUMS where there is one", () =>
  withBlack(async (folder) => {
    const list = (file: string) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`;
    writeFileSync(join(folder, "SHA256SUMS"), ["data_batch_1.bin", "data_batch_2.bin"].map(list).join(""));
    const path = join(folder, "data_batch_2.bin"); // the first one is right
    writeBatch(path, [{ record: 77, label: 5 }]);
    await rejects(() => loadCifar10({ directory: folder }), `${path} is not the file that SHA256SUMS beside it lists`);
    writeFileSync(join(folder, "SHA256SUMS"), "nonsense\n");
    await rejects(() => loadCifar10({ directory: folder }), "SHA256SUMS, line 1");
  }));

test("a folder that may not be read is an error", () =>
  withBlack(async (folder) => {
    if (process.getuid === undefined || process.getuid() === 0) {
      console.log("the administrator may read everything: not tried");
      return;
    }
    execFileSync("chmod", ["000", folder]);
    try {
      await rejects(() => loadCifar10({ directory: folder }), `cannot read the folder ${folder}`, "EACCES");
    } finally {
      execFileSync("chmod", ["700", folder]);
    }
  }));

if (existsSync(copy)) {
  test("the copy of CIFAR-10 beside the project has the channel statistics, classes and records that its notes tell", async () => {
    const { training, test: unseen, classes, origin } = await loadDataset("cifar10", { directory: copy });
    assert.match(origin, /^local folder "[^/]+", checked against its SHA256SUMS; not known to be the official pixels$/);
    const { mean, standardDeviation } = channelStatistics(training);
    const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3)));
    assert.equal(rounded(mean), [125.269, 122.933, 113.863]);
    assert.equal(rounded(standardDeviation), [62.534, 61.909, 66.46]);
    assert.equal(rounded(channelStatistics(unseen).mean), [125.987, 123.691, 114.847]);
    assert.equal(classCounts(training), new Array(10).fill(5000));
    assert.equal(classCounts(unseen), new Array(10).fill(1000));
    assert.is(classes[5], "dog");
    const record = readFileSync(join(copy, "data_batch_2.bin")).subarray(123 * recordBytes, 124 * recordBytes);
    assert.is(training.labels[10_123], record[0]);
    for (let pixel = 0; pixel < 1024; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        assert.is(training.images[(10_123 * 1024 + pixel) * 3 + channel], record[1 + channel * 1024 + pixel]);
      }
    }
  });
} else {
  console.log(`no folder ${copy}: the real images are not checked`);
}

function classCounts({ labels }: ImageSet): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

test.run();
