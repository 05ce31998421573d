/**
 * Kind 27: every reader of files against every kind of file that it does not read. What is said names the kind and what helps, and
 * holds no parser's words; random and truncated files end in an error that is meant for people, too.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { namedRuns, runInFolder } from "../../src/archive/stored-run";
import { fileKind } from "../../src/base";
import { loadCustomNetwork } from "../../src/custom-network/file";
import { loadDataset } from "../../src/data";
import { checkArchitecture } from "../../src/laws";
import { buildCifarResNet, disposeNetwork, readKerasNetwork } from "../../src/networks";
import { cellStore, readAttestations } from "../../src/store";
import { encodeSafetensors, readPyTorchNetwork } from "../../src/training";
import { law } from "../property";

const folder = mkdtempSync(path.join(tmpdir(), "other-files-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const zip = (name: string, content = "x") => {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.from(content)]);
};
const tar = Buffer.alloc(1024);
tar.write("folder/file");
tar.write("ustar", 257);

const saved = path.join(__dirname, "..", "training", "pytorch-files");
const keras = path.join(__dirname, "..", "networks", "references", "keras-resnet", "model.json");

/** Files as people hand them in, what each is called, and what helps. */
const kinds: readonly [name: string, bytes: Uint8Array, says: RegExp, helps: RegExp][] = [
  ["empty", Buffer.alloc(0), /empty|it exports nothing/, /fetch or copy it again|default export/],
  ["pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), /Git LFS pointer/, /git lfs pull/],
  ["page.html", Buffer.from("<!DOCTYPE html>\n<html><head>"), /HTML/, /\/resolve\//],
  ["zip.pt", readFileSync(path.join(saved, "zip.pt")), /torch\.save/, /save_file\(/],
  ["pickle.pth", readFileSync(path.join(saved, "pickle.pth")), /old torch\.save/, /save_file\(/],
  ["model.keras", zip("metadata.json", "{}"), /Keras 3/, /weightsManifest/],
  ["arrays.npz", zip("arr_0.npy"), /NumPy \(\.npz\)/, /safetensors\.numpy/],
  ["readme.zip", zip("readme.txt"), /zip archive/, /unzip /],
  ["model.h5", Buffer.from("\x89HDF\r\n\x1a\n rest", "latin1"), /HDF5/, /weightsManifest/],
  ["model.gz", gzipSync("x"), /gzip|need an IDX file/, /gunzip |the folder must hold/],
  ["model.xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /xz/, /xz -d /],
  ["model.bz2", Buffer.from("BZh91AY&SY"), /bzip2/, /bunzip2 /],
  ["model.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /zstd/, /zstd -d /],
  ["array.npy", Buffer.from("\x93NUMPY\x01\x00", "latin1"), /array of NumPy/, /safetensors\.numpy/],
  ["model.tar", tar, /tar archive/, /tar -xf /],
  ["model.index.json", Buffer.from('{"metadata": {}, "weight_map": {"a": "part-1"}}'), /several parts|damaged|form|no checksum|counts|attestations/, /./],
  ["other.json", Buffer.from('{ "a": 1 }'), /JSON|need the layers format|an object with a|damaged|counts|attestations|form|no checksum/, /./],
  ["list.json", Buffer.from("[1, 2]"), /JSON|need the layers format|an array|exports nothing|damaged|counts|attestations|form|no checksum/, /./],
  ["model.json", readFileSync(keras), /model\.json|JSON|cannot read|damaged|counts|attestations|form|no checksum/, /./],
  ["works.bib", Buffer.from("% mine\n@article{a, title = {b}}\n"), /BibTeX/, /cites/],
  ["paper.pdf", Buffer.from("%PDF-1.7\n"), /PDF/, /the file itself/],
  ["figure.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), /a picture/, /the file itself/],
  ["weights.safetensors", encodeSafetensors({ tensors: new Map([["a", { shape: [1], data: new Float32Array(1) }]]), metadata: {} }), /safetensors|do not fit/, /./],
]; // biome-ignore format: a table

const architecture = buildCifarResNet({ depth: 8, inputShape: [8, 8, 1], classes: 2, width: 2, shortcuts: "B" });
const results = path.join(folder, "results");
const reference = path.join(__dirname, "..", "..", "results", "reference");
const [run = ""] = readdirSync(reference).filter((name) => !name.includes("."));

/** A folder of four files of MNIST or six of CIFAR-10, one of them the given bytes. */
function dataFolder(names: readonly string[], bytes: Uint8Array): string {
  const place = path.join(folder, "data");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  for (const name of names) writeFileSync(path.join(place, name), bytes);
  return place;
}

const idx = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
const batches = [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), "test_batch.bin"];

/** Readers, each told a file's name and bytes; each throws, or says what is wrong. */
const readers: Readonly<Record<string, (name: string, bytes: Uint8Array) => unknown>> = {
  "--network": (name, bytes) => loadCustomNetwork(written(name, bytes), { inputShape: [8, 8, 1], classes: 2 }),
  "--network with code's ending": (name, bytes) =>
    loadCustomNetwork(written(`${name}.js`, bytes), { inputShape: [8, 8, 1], classes: 2 }),
  readPyTorchNetwork: (name, bytes) => readPyTorchNetwork(architecture, written(name, bytes), { naming: "resnet" }),
  readKerasNetwork: (name, bytes) => readKerasNetwork(written(name, bytes)).then(disposeNetwork),
  "--data-dir, MNIST": (_, bytes) => loadDataset("mnist", { directory: dataFolder(idx, bytes) }),
  "--data-dir, CIFAR-10": (_, bytes) => loadDataset("cifar10", { directory: dataFolder(batches, bytes) }),
  "a run's provenance": (_, bytes) => runInFolder(withFile("provenance.json", bytes)).provenance(),
  "a run's columns": (_, bytes) => runInFolder(withFile("columns.json", bytes)).columns(),
  "a run's claims": (_, bytes) => runInFolder(withFile("claims.csv", bytes)).claims(),
  "a run's rows": (_, bytes) => runInFolder(withFile("rows.csv", bytes)).rows(),
  "compare FILE": (name, bytes) => namedRuns(written(name, bytes), results),
  attestations(_, bytes) {
    mkdirSync(path.join(results, "reference"), { recursive: true });
    writeFileSync(path.join(results, "reference", "attestations.json"), bytes);
    readAttestations(results);
  },
  "a stored cell"(_, bytes) {
    const id = "0123456789abcdef";
    writeFileSync(path.join(folder, `${id}.json`), bytes);
    const read = cellStore(folder).read(id);
    if (read !== null && "problem" in read) throw new RangeError(read.problem);
  },
  "a snapshot of laws": (name, bytes) =>
    checkArchitecture(architecture, { laws: ["snapshot"], snapshot: written(name, bytes) }),
};

function written(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** A copy of a reference run with the given file in it. */
function withFile(name: string, bytes: Uint8Array): string {
  const place = path.join(folder, "run");
  cpSync(path.join(reference, run), place, { recursive: true });
  writeFileSync(path.join(place, name), bytes);
  return place;
}

/** What a reader says of a file; null where it reads it. */
async function refusal(reader: string, name: string, bytes: Uint8Array): Promise<Error | null> {
  try {
    await readers[reader]!(name, bytes);
    return null;
  } catch (error) {
    return error as Error;
  }
}

const forPeople = new Set([
  "UsageError",
  "RangeError",
  "NoNetwork",
  "SafetensorsError",
  "FileError",
  "DataError",
  "SyntaxError",
  "BrokenLaw",
]);
const parsersWords =
  /Unexpected (?:token|end|non-whitespace)|in JSON at|Invalid or unexpected|\n\s+at |ZodError|undefined|\[object |ENOTDIR|EISDIR/;

for (const reader of Object.keys(readers)) {
  test(`kind 27: ${reader} names what a file is, and what helps`, async () => {
    for (const [name, bytes, says, helps] of kinds) {
      const error = await refusal(reader, name, bytes);
      const what = `${reader}, ${name}: ${error?.name}: ${error?.message}`;
      assert.ok(error !== null, what);
      assert.ok(forPeople.has(error.name), what);
      assert.match(error.message, says, what);
      assert.match(error.message, helps, what);
      assert.not.match(error.message, parsersWords, what);
    }
  });

  law(
    `kind 27: ${reader} refuses random bytes and files that are cut short in words for people`,
    [
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc
          .tuple(fc.nat({ max: kinds.length - 1 }), fc.double({ min: 0, max: 1, noNaN: true }))
          .map(([i, share]) => kinds[i]![1].subarray(0, Math.ceil(share * kinds[i]![1].length))),
      ),
    ],
    async (bytes) => {
      const error = await refusal(reader, "some.bin", bytes);
      if (error === null) return; // by chance it is one
      assert.ok(forPeople.has(error.name), `${error.name}: ${error.message}`);
      assert.not.match(error.message, reader.endsWith("ending") ? /\n\s+at / : parsersWords);
    },
    { numRuns: 40 },
  );
}

test("kind 27: a file in the place of a data set's folder is named", async () => {
  for (const [name, bytes, says] of kinds.filter(([one]) => one === "array.npy" || one === "page.html")) {
    for (const data of ["mnist", "cifar10"] as const) {
      const error = await loadDataset(data, { directory: written(name, bytes) }).catch((one: Error) => one);
      assert.ok(error instanceof Error && error.name === "DataError", name);
      assert.match(error.message, /is a file, need a folder/);
      assert.match(error.message, says);
    }
  }
});

test("kind 27: each kind is told from all others", () => {
  const whats = kinds.map(([name, bytes]) => fileKind(bytes, name)?.what);
  assert.is(whats.indexOf(undefined), -1);
  assert.is(new Set(whats).size, whats.length - 1); // the two of JSON
});

test.run();
