import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DataProgress } from "../../src/data";
import { loadCifar10 } from "../../src/data/cifar10";
import { batchFiles, fetchCifar10, fileBytes } from "../../src/data/cifar10-archive";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { serving, withServer } from "./server";
import { writeTar } from "./tar-writer";

/** A packed data set of black images, its first of class 6, with the other things that the official archive holds. */
function pack(files: readonly string[] = batchFiles, length = fileBytes): Uint8Array {
  const black = new Uint8Array(length);
  const first = Uint8Array.of(6, ...new Array<number>(3072).fill(0));
  const batches = files.map((file) => ({
    name: `cifar-10-batches-bin/${file}`,
    content: file === "data_batch_1.bin" ? Buffer.concat([first, black.subarray(first.length)]) : black,
  }));
  const others = [
    { name: "cifar-10-batches-bin/", content: new Uint8Array(0), type: "5" },
    { name: "cifar-10-batches-bin/readme.html", content: Buffer.from("<html></html>") },
    { name: "../../outside.bin", content: Buffer.from("never written") },
    { name: "cifar-10-batches-bin/../test_batch.bin", content: Buffer.from("never written") },
    { name: "cifar-10-batches-bin/batches.meta.txt", content: Buffer.from("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n\n") },
  ];
  return gzipSync(writeTar([...others, ...batches]), { level: 1 });
}

const packed = pack();
const md5 = (file: Uint8Array) => createHash("md5").update(file).digest("hex");
const archiveAt = (url: string, file = packed) => ({ url: `${url}/cifar-10-binary.tar.gz`, md5: md5(file) });

test("the archive is downloaded once, unpacked into the user's cache, and read from there ever after", () =>
  inFolder(async (cache) => {
    const environment = { XDG_CACHE_HOME: cache };
    const seen: DataProgress[] = [];
    const archive = await withServer(serving(packed), async (url) => {
      const { training, classes, origin } = await loadCifar10({
        environment,
        archive: archiveAt(url),
        onProgress: (progress) => seen.push(progress),
      });
      assert.is(training.labels[0], 6);
      assert.is(classes[6], "6");
      assert.is(origin, `${archiveAt(url).url} (md5 ${md5(packed)})`);
      return archiveAt(url);
    });
    assert.equal([...new Set(seen.map(({ activity }) => activity))], ["downloading", "unpacking", "reading"]);
    assert.ok(seen.every(({ done, total }) => total !== undefined && done <= total));
    const home = join(cache, "cnn-findings");
    assert.equal(readdirSync(home), ["cifar-10"]);
    assert.equal(
      readdirSync(join(home, "cifar-10")).sort(),
      [...batchFiles, "SHA256SUMS", "batches.meta.txt", "origin.txt"].sort(),
    );

    // The server is gone: what is wrong in the cache can only be found by reading the cache.
    truncateSync(join(home, "cifar-10", "data_batch_5.bin"), 1000);
    await rejects(
      () => loadCifar10({ environment, archive }),
      "data_batch_5.bin is cut short",
      `remove the folder ${join(home, "cifar-10")} to have the data set downloaded again`,
    );
  }));

test("the cache is in the home folder where XDG_CACHE_HOME is not set or not absolute", () =>
  inFolder(async (home) => {
    await withServer(serving(packed), async (url) => {
      const archive = { ...archiveAt(url), md5: "0".repeat(32) };
      for (const XDG_CACHE_HOME of [undefined, "", "relative"]) {
        const environment = { HOME: home, XDG_CACHE_HOME, CIFAR10_DIR: "" };
        await rejects(() => loadCifar10({ environment, archive }), "need a file of md5");
        assert.ok(existsSync(join(home, ".cache", "cnn-findings")));
      }
    });
  }));

test("processes that miss the data set at the same time fetch it once", () =>
  inFolder(async (cache) => {
    let requests = 0;
    const waits: string[] = [];
    const folder = join(cache, "cifar-10");
    await withServer(
      (request, response) => {
        requests += 1;
        serving(packed)(request, response);
      },
      async (url) => {
        const fetchOnce = () => fetchCifar10(folder, archiveAt(url), ({ activity }) => waits.push(activity));
        await Promise.all([fetchOnce(), fetchOnce()]);
      },
    );
    assert.is(requests, 1);
    assert.ok(waits.includes("waiting"));
    assert.equal(readdirSync(cache), ["cifar-10"]);
  }));

test("what a stopped run left behind does no harm", () =>
  inFolder(async (cache) => {
    const folder = join(cache, "cifar-10");
    mkdirSync(folder); // empty
    mkdirSync(`${folder}.unpacking`);
    writeFileSync(join(`${folder}.unpacking`, "data_batch_1.bin"), "half");
    writeFileSync(join(cache, "cifar-10-binary.tar.gz.part"), packed.subarray(0, 100));
    await withServer(serving(packed), (url) => fetchCifar10(folder, archiveAt(url)));
    assert.equal(readdirSync(cache), ["cifar-10"]);
  }));

test("an archive that was put beside the cache by hand is used without a network", () =>
  inFolder(async (cache) => {
    writeFileSync(join(cache, "cifar-10-binary.tar.gz"), packed);
    await fetchCifar10(join(cache, "cifar-10"), archiveAt("http://no-such-host.invalid"));
    assert.equal(readdirSync(cache), ["cifar-10"]);
  }));

test("a transfer that breaks off, is refused or has the wrong checksum leaves no folder", async () => {
  const refusing = (_: unknown, response: import("node:http").ServerResponse) => response.writeHead(404).end();
  for (const [listener, file, words] of [
    [serving(packed, { cut: 1000 }), packed, "could not download"],
    [serving(packed), packed.subarray(1), "need a file of md5"],
    [refusing, packed, "404 Not Found"],
  ] as const) {
    await inFolder((cache) =>
      withServer(listener, async (url) => {
        const folder = join(cache, "cifar-10");
        await rejects(
          () => fetchCifar10(folder, archiveAt(url, file)),
          words,
          "--data-dir or CIFAR10_DIR",
          `${url}/cifar-10-binary.tar.gz by other means`,
        );
        assert.not(existsSync(folder));
        assert.not(existsSync(`${folder}.lock`));
      }),
    );
  }
});

test("an archive that is not what it should be leaves no folder", async () => {
  const short = pack(batchFiles, 3073);
  const lacking = pack([]);
  const notPacked = Buffer.from("not packed");
  const cutTar = gzipSync(Buffer.alloc(100));
  for (const [file, words] of [
    [short, "need 30730000 bytes of cifar-10-batches-bin/data_batch_1.bin, got 3073"],
    [lacking, "has no cifar-10-batches-bin/data_batch_1.bin"],
    [notPacked, "cannot unpack"],
    [cutTar, "cannot unpack"],
  ] as const) {
    await inFolder((cache) =>
      withServer(serving(file), async (url) => {
        const folder = join(cache, "cifar-10");
        await rejects(() => fetchCifar10(folder, archiveAt(url, file)), words);
        assert.not(existsSync(folder));
      }),
    );
  }
});

test("the packed data set is read where it is named, by itself or by its folder, packed by gzip or not; nothing is written", () =>
  inFolder(async (folder) => {
    const bare = gunzipSync(packed);
    for (const [name, content] of [
      ["cifar-10-binary.tar.gz", packed],
      ["cifar-10-binary.tar", bare],
      ["fetched.bin", packed], // known by its first bytes
    ] as const) {
      const inside = join(folder, name.replaceAll(".", "-"));
      mkdirSync(inside);
      const file = join(inside, name);
      writeFileSync(file, content);
      for (const directory of name === "fetched.bin" ? [file] : [file, inside]) {
        const { training, test: unseen, classes, origin } = await loadCifar10({ directory, environment: {} });
        assert.is(training.labels[0], 6);
        assert.is(training.count + unseen.count, 60_000);
        assert.is(classes[6], "6");
        assert.is(origin, `local archive "${name}"; not known to be the official pixels`);
        assert.equal(readdirSync(inside), [name]);
      }
    }
  }));

test("of other packed files in a folder none is taken for the data set, and none is in its way", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "a-images-idx3-ubyte.gz"), gzipSync(Buffer.alloc(2000, 3)));
    writeFileSync(join(folder, "b-others.tar.gz"), gzipSync(writeTar([{ name: "x/y", content: Buffer.from("z") }])));
    await rejects(() => loadCifar10({ directory: folder, environment: {} }), `${folder} has no data_batch_1.bin`);
    writeFileSync(join(folder, "c.tgz"), packed);
    const { training } = await loadCifar10({ directory: folder, environment: {} });
    assert.is(training.count, 50_000);
  }));

test("a named file that is not the packed binary version is told by its first bytes", () =>
  inFolder(async (folder) => {
    const python = gzipSync(writeTar([{ name: "cifar-10-batches-py/data_batch_1", content: Buffer.from("pickle") }]));
    const file = join(folder, "cifar-10-binary.tar.gz");
    for (const [content, ...words] of [
      ["<!doctype html><html></html>", "is a file, need a folder or the packed data set", "a page in HTML"],
      ["version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull"],
      ["", "need a folder or the packed data set", "empty"],
      [python, "has no data_batch_1.bin", "what is there is the Python version; need the binary version"],
      [packed.subarray(0, 20_000), `cannot unpack ${file}`, "--data-dir"],
      [pack(batchFiles, 3073), "data_batch_1.bin in it is cut short", "got 3073"],
    ] as const) {
      writeFileSync(file, content);
      await rejects(() => loadCifar10({ directory: file, environment: {} }), ...words);
    }
  }));

test("of real images, the packed ones are those of the folder", async () => {
  const copy = resolve(__dirname, "../../../shared/datasets/cifar10");
  if (!existsSync(copy)) {
    console.log("skipped: there is no ../shared/datasets/cifar10");
    return;
  }
  await inFolder(async (folder) => {
    const archive = join(folder, "cifar-10-binary.tar.gz");
    const names = [...batchFiles, "batches.meta.txt"];
    const made = spawnSync("tar", [
      "-C",
      copy,
      "--transform",
      "s,^,cifar-10-batches-bin/,",
      "-I",
      "gzip -1",
      "-cf",
      archive,
      ...names,
    ]);
    assert.is(made.status, 0, String(made.stderr));
    const given = await loadCifar10({ directory: copy, environment: {} });
    const read = await loadCifar10({ directory: archive, environment: {} });
    assert.is(read.checksum, given.checksum);
    assert.equal(read.classes, given.classes);
  });
});

test("a cache that cannot be written is an error with remedies", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "file"), "");
    await rejects(
      () => loadCifar10({ environment: { XDG_CACHE_HOME: join(folder, "file") } }),
      `cannot keep CIFAR-10 in ${join(folder, "file", "cnn-findings", "cifar-10")}`,
      "set XDG_CACHE_HOME",
      "--data-dir",
    );
  }));

test.run();
