/** Labelled images of one's own: what they come to, against Pillow and NumPy (`labelled/write.py`), and what is refused. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { encode } from "jpeg-js";
import { PNG } from "pngjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ImageSize, loadLabelledImages, splitValidation } from "../../src/data";
import { parseNpy } from "../../src/data/numpy";
import { law } from "../property";
import { inFolder } from "./folders";
import { rejects } from "./rejection";

const kept = path.join(__dirname, "labelled");

interface References {
  readonly resized: readonly {
    readonly given: readonly [number, number];
    readonly asked: readonly [number, number];
    readonly shorter: number | null;
    readonly levels: readonly number[];
  }[];
  readonly grey: readonly number[];
}

const references: References = JSON.parse(readFileSync(path.join(kept, "references.json"), "utf8"));

/** The same levels as `image` of write.py, [height, width, 3]. */
function image(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, at) => {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return (x * 31 + y * 17 + c * 71 + x * y * 13 + ((x * x) % 97)) % 256;
  });
}

function png(height: number, width: number, levels = image(height, width)): Buffer {
  const made = new PNG({ width, height });
  for (let pixel = 0; pixel < height * width; pixel++) {
    made.data.set([...levels.subarray(pixel * 3, pixel * 3 + 3), 255], pixel * 4);
  }
  return PNG.sync.write(made);
}

function flat(level: number, height = 2, width = 2): Uint8Array {
  return new Uint8Array(height * width * 3).fill(level);
}

/** Files by their places below a folder. */
function fill(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

const size = (height: number, width = height, channels = 3): ImageSize => ({ height, width, channels });

function npy(type: string, shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.map((side) => `${side}, `).join("")}), }\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, "latin1"), bytes]);
}

test("images are resized, cut and made grey byte for byte as by Pillow", () =>
  inFolder(async (folder) => {
    for (const [i, { given, asked, shorter, levels }] of references.resized.entries()) {
      const place = fill(path.join(folder, String(i)), { "a/1.png": png(...given) });
      const asks = { ...size(...asked), ...(shorter === null ? {} : { shorterSide: shorter }) };
      const { test: found, origin } = await loadLabelledImages(place, asks);
      assert.equal([...found.images], levels);
      assert.match(origin, `1 image of "${i}", resized and cut to the central ${asked.join(" x ")} pixels`);
    }
    const place = fill(path.join(folder, "grey"), { "a/1.png": png(11, 7) });
    const { test: grey, origin } = await loadLabelledImages(place, size(11, 7, 1));
    assert.equal([...grey.images], references.grey);
    assert.is(origin, '1 image of "grey"');
  }));

test("classes are numbered by the order of their folders' names, and their images come in turn", () =>
  inFolder(async (folder) => {
    const [a, b, c] = [10, 20, 30].map((level) => png(2, 2, flat(level)));
    fill(folder, { "wolf/2.PNG": c!, "wolf/1.png": b!, "ape/x.png": a!, "ape/.hidden": "", "notes.txt": "" });
    const { classes, test: found, training, isNumbered, checksum } = await loadLabelledImages(folder, size(2));
    assert.equal(classes, ["ape", "wolf"]);
    assert.equal([...found.labels], [0, 1, 1]);
    assert.equal(
      [0, 12, 24].map((at) => found.images[at]),
      [10, 20, 30],
    );
    assert.is(training, found);
    assert.not(isNumbered);
    fill(folder, { "wolf/2.PNG": a! });
    assert.is.not((await loadLabelledImages(folder, size(2))).checksum, checksum);
  }));

test("folders called by numbers are these labels, and classes.txt decides before all", () =>
  inFolder(async (folder) => {
    const one = png(2, 2, flat(7));
    const numbered = fill(path.join(folder, "numbered"), { "10/a.png": one, "2/a.png": one, "700/a.png": one });
    const found = await loadLabelledImages(numbered, size(2));
    assert.equal([...found.test.labels], [2, 10, 700]);
    assert.ok(found.isNumbered && found.classes.length === 701);
    const named = fill(path.join(folder, "named"), {
      "b/a.png": one,
      "a/a.png": one,
      "classes.txt": "c\r\nb\r\na\r\n",
    });
    const { test: own, classes } = await loadLabelledImages(named, size(2));
    assert.equal([...own.labels], [1, 2]);
    assert.equal(classes, ["c", "b", "a"]);
  }));

test("a folder of 300 classes keeps its labels, in parts of it too", () =>
  inFolder(async (folder) => {
    const labels = Array.from({ length: 300 }, (_, label) => label);
    const files = labels.flatMap((label) =>
      ["a", "b"].map((name) => `class${String(label).padStart(3, "0")}/${name}.png`),
    );
    fill(folder, Object.fromEntries(files.map((file) => [file, png(1, 1)])));
    const { test: all, classes } = await loadLabelledImages(folder, size(1));
    assert.is(classes.length, 300);
    assert.equal([...all.labels], [...labels, ...labels]);
    const { training, validation } = splitValidation(all, { validation: 300, seed: 1 });
    for (const part of [training, validation])
      assert.equal(
        [...part.labels].sort((a, b) => a - b),
        labels,
      );
  }));

test("test and training images may be divided; JPEG is known by its bytes, and grey is repeated", () =>
  inFolder(async (folder) => {
    const width = 16;
    const data = Buffer.alloc(width * width * 4, 128);
    const jpeg = encode({ width, height: width, data }, 95).data;
    fill(folder, { "train/a/1.png": png(16, 16), "val/b/1.png": jpeg, "val/a/1.jpeg": jpeg });
    const { test: found, training, classes, origin } = await loadLabelledImages(folder, size(16));
    assert.equal(classes, ["a", "b"]);
    assert.equal([found.count, training.count, [...training.labels]], [2, 1, [0]]);
    assert.ok(found.images.every((level) => Math.abs(level - 128) <= 1));
    assert.match(origin, "3 images of");
  }));

test("arrays that NumPy saved are read in either layout, as bytes or their 255ths", () =>
  inFolder(async (folder) => {
    const {
      test: found,
      training,
      classes,
      isNumbered,
    } = await loadLabelledImages(path.join(kept, "arrays.npz"), size(4, 5));
    const own = image(4, 5);
    assert.equal([...found.labels], [0, 2, 2]);
    assert.equal([...found.images.subarray(60, 120)], [...own]); // the first of label 2
    assert.equal([...training.labels], [0, 1]);
    assert.equal([...training.images.subarray(60)], [...own]);
    assert.equal([classes.length, isNumbered], [3, true]);
    fill(folder, {
      "images.npy": npy("|u1", [1, 2, 2], Uint8Array.of(1, 2, 3, 4)),
      "labels.npy": npy("|u1", [1], Uint8Array.of(3)),
    });
    const grey = await loadLabelledImages(folder, size(2));
    assert.equal([...grey.test.images], [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    assert.equal([...grey.test.labels], [3]);
  }));

law(
  "an array is read with the shape and the values that were written",
  [
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    fc.constantFrom("<f4", "<f8", "<i4", "<u2", "|i1"),
    fc.nat(),
  ],
  (shape, type, seed) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Array.from({ length: count }, (_, i) => (type === "<u2" ? 1 : -1) * ((seed + i * 7) % 100));
    const kinds = { "<f4": Float32Array, "<f8": Float64Array, "<i4": Int32Array, "<u2": Uint16Array, "|i1": Int8Array };
    const { buffer } = kinds[type as keyof typeof kinds].from(values);
    const read = parseNpy(npy(type, shape, new Uint8Array(buffer)));
    assert.equal(read.shape, shape);
    assert.equal([...read.values].map((value) => value + 0), values.map((value) => value + 0)); // biome-ignore format: one question
    if (count > 0) assert.throws(() => parseNpy(npy(type, shape, new Uint8Array(buffer).subarray(1))), /cut short/);
  },
);

test("what is no set of labelled images is refused with the file, what was expected, and what to do", () =>
  inFolder(async (folder) => {
    let made = 0;
    const refused = (files: Readonly<Record<string, string | Uint8Array>>, ...words: (string | RegExp)[]) =>
      rejects(() => loadLabelledImages(fill(path.join(folder, String(++made)), files), size(2)), ...words);
    const one = png(2, 2);
    mkdirSync(path.join(folder, "0"));
    await rejects(() => loadLabelledImages(path.join(folder, "0"), size(2)), /has no folder of images/, /PNG or JPEG/);
    await rejects(() => loadLabelledImages(path.join(folder, "none"), size(2)), /there is no folder .*none/);
    await refused({ "a/1.png": one, "b/notes.txt": "" }, /b has no PNG or JPEG file: it holds notes.txt/);
    await refused({ "a/1.webp": one }, /1\.webp is neither a PNG nor a JPEG/, /convert it/);
    await refused({ "a/1.png": "<!doctype html>" }, /1\.png is neither a PNG nor a JPEG/, /HTML/);
    await refused({ "a/1.png": one.subarray(0, one.length - 20) }, /1\.png cannot be decoded/, /cut short/);
    await refused({ "a/1.jpg": Uint8Array.of(0xff, 0xd8, 0xff, 1) }, /1\.jpg cannot be decoded/);
    await refused({ "train/a/1.png": one }, /has train alone: need test\/ or val\//);
    await refused({ "a/1.png": one, "classes.txt": "b" }, /has a folder a, which classes.txt there does not name/);
    await refused({ "a/1.png": one, "classes.txt": "a\nb\na" }, /classes.txt names "a" twice/);
    await refused({ "a/1.png": one, "classes.txt": "" }, /classes.txt is empty/);
    await rejects(() => loadLabelledImages(fill(path.join(folder, "4"), {}), size(2, 2, 4)), /of 1 or 3 channels; 4/);
    const asks = { ...size(4), shorterSide: 3 };
    await rejects(
      () => loadLabelledImages(fill(path.join(folder, "s"), { "a/1.png": one }), asks),
      /3 pixels does not cover the 4/,
    );

    const labels = npy("|u1", [1], Uint8Array.of(0));
    const floats = (...values: number[]) =>
      npy("<f4", [1, 1, values.length], new Uint8Array(Float32Array.from(values).buffer));
    const images = npy("|u1", [1, 2, 2], Uint8Array.of(1, 2, 3, 4));
    await refused({ "images.npy": images }, /no images with labels among its arrays: images of 1 x 2 x 2/);
    await refused(
      { "images.npy": images, "labels.npy": npy("|u1", [2], Uint8Array.of(0, 1)) },
      /labels is 2, but images holds 1 image/,
    );
    await refused(
      { "images.npy": images, "labels.npy": npy("|i1", [1], Uint8Array.of(255)) },
      /labels\[0\] is -1 .*index of a class/,
    );
    await refused(
      { "images.npy": npy("|u1", [1, 3, 2, 3], new Uint8Array(18)), "labels.npy": labels },
      /does not tell what is what/,
    );
    await refused(
      { "images.npy": floats(-1.5, 2), "labels.npy": labels },
      /from -1.5 to 2, outside of 0 to 255: .* cannot be told/,
    );
    await refused({ "images.npy": floats(0.1234, 0.9), "labels.npy": labels }, /between the levels of bytes/);
    await refused(
      { "images.npy": floats(0, 1), "labels.npy": labels },
      /0 and 1 alone, which may be levels to 1 or to 255/,
    );
    await refused({ "images.npy": floats(Number.NaN, 1), "labels.npy": labels }, /cannot be told/);
    await refused(
      { "images.npy": npy("|O", [1], Uint8Array.of(1)), "labels.npy": labels },
      /images.npy: it holds '\|O': need plain numbers/,
    );
    const columns = Buffer.from(Buffer.from(images).toString("latin1").replace("False", "True "), "latin1");
    await refused({ "images.npy": columns, "labels.npy": labels }, /columns come first/);
    await refused({ "x.npz": "" }, /name the file itself: --data-dir .*x\.npz/);
    const zip = path.join(folder, "cut.npz");
    writeFileSync(zip, zipSync({ "images.npy": images, "labels.npy": labels }).subarray(0, 60));
    await rejects(() => loadLabelledImages(zip, size(2)), /cut\.npz is no \.npz file, or cut short/);
    const short = path.join(folder, "short.npz");
    writeFileSync(short, zipSync({ "images.npy": images.slice(0, -1), "labels.npy": labels }));
    await rejects(() => loadLabelledImages(short, size(2)), /short\.npz, images\.npy in it: it is cut short/);
    const beside = fill(path.join(folder, "beside"), {
      "images.npy": images,
      "labels.npy": npy("|u1", [1], Uint8Array.of(9)),
      "classes.txt": "a\nb",
    });
    await rejects(() => loadLabelledImages(beside, size(2)), /has the label 9, classes.txt beside it the names of 2/);
  }));

test.run();
