import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checksumOf } from "../../src/data";
import { law } from "../property";
import { imageSets } from "./arbitraries";

test("the checksum is SHA-256 of shape, images, labels of each set in turn", () => {
  const set = { images: Uint8Array.of(1, 2, 3), labels: Uint8Array.of(4), count: 1, height: 1, width: 3, channels: 1 };
  const once = [...Buffer.from("1 1 3 1\n"), 1, 2, 3, 4];
  const expected = createHash("sha256")
    .update(Uint8Array.from([...once, ...once]))
    .digest("hex");
  assert.is(checksumOf(set, set), expected);
});

law(
  "one changed level, one changed label or another shape changes the checksum",
  [imageSets(), fc.nat(), fc.integer({ min: 1, max: 255 })],
  (set, place, change) => {
    const changed = (bytes: ArrayLike<number>) =>
      Uint8Array.from(bytes).map((byte, at) => (at === place % bytes.length ? byte ^ change : byte));
    const checksums = [
      checksumOf(set),
      checksumOf({ ...set, images: changed(set.images) }),
      checksumOf({ ...set, labels: changed(set.labels) }),
      checksumOf({ ...set, height: set.height * set.channels + 7 }),
      checksumOf(set, set),
    ];
    assert.is(new Set(checksums).size, checksums.length);
  },
);

test.run();
