/**
 * Labelled images of one's own: a folder with a folder a class, or arrays that NumPy saved, brought to the size that a network takes.
 */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileKindText, plural } from "../base";
import { DataError, fileLength, type OnDataProgress, readDataFile, readFolder, reasonOf } from "./files";
import { checksumOf, type Dataset, type ImageSet, type ImageShape, interleavePlanes } from "./images";
import { type NumpyArray, parseNpy } from "./numpy";
import { cutCentre, type Pixels, resizedPixels, withChannels } from "./resize";

/** The size that images are brought to. */
export interface ImageSize extends ImageShape {
  /** The shorter side is brought to so many pixels before the centre is cut out; just enough to cover it by default. */
  readonly shorterSide?: number;
}

/** Images of one's own. Where they are not divided, training and test images are the same. */
export interface LabelledImages extends Dataset {
  /** Whether labels are numbers of a network's outputs, of which there may be more than there are classes here. */
  readonly isNumbered: boolean;
}

/** What folders of test and training images are called. */
const testFolders = ["test", "val", "valid", "validation"];
const trainingFolders = ["train", "training"];

/** A file with the names of the classes in label order, a line each. */
const classesFile = "classes.txt";

/** What may be wrong with all of it, once. */
const forms = [
  "need a folder with a folder a class, PNG or JPEG files in each, or within test/ (or val/) and train/",
  "or an .npz file, or a folder of .npy files, with images and labels (or x_test and y_test, test_images and test_labels)",
];

const mostBytes = 4e9;

/**
 * Reads labelled images, each at the size asked for: resized so that its shorter side covers that, by the triangle filter of
 * Pillow and torchvision, and cut to its centre. An image of that size is left as it is. Grey becomes colour by repetition, colour
 * grey by the luminance of ITU-R 601; transparency is left out.
 *
 * Labels of folders are their places in the order of their names, as in torchvision's ImageFolder; where all are whole
 * numbers these numbers; where there is a `classes.txt` their lines in that. Images of every class come in turn, so that the first n
 * of a set hold all classes alike.
 *
 * @param place a folder, or an .npz file
 * @throws DataError where there are none, or one cannot be read, naming it
 */
export async function loadLabelledImages(
  place: string,
  size: ImageSize,
  onProgress?: OnDataProgress,
): Promise<LabelledImages> {
  if (![1, 3].includes(size.channels)) {
    throw new DataError(`images are grey or coloured, of 1 or 3 channels; ${size.channels} were asked for`, []);
  }
  const least = Math.max(size.height, size.width);
  if (size.shorterSide !== undefined && size.shorterSide < least) {
    throw new DataError(
      `a shorter side of ${size.shorterSide} pixels does not cover the ${least} that are cut out`,
      [],
    );
  }
  const arrays = await arraysIn(place);
  const found = arrays === null ? await folderParts(place) : arrayParts(place, arrays, await classNames(place));
  const total = found.test.images.length + (found.training?.images.length ?? 0);
  let done = 0;
  const read = async (part: Part): Promise<ImageSet> => {
    const set = await imageSet(part, size, place, () => onProgress?.({ activity: "reading", done: ++done, total }));
    return set;
  };
  const test = await read(found.test);
  const training = found.training === undefined ? test : await read(found.training);
  const { height, width, shorterSide } = size;
  const shorter = shorterSide === undefined ? "" : ` of a shorter side of ${shorterSide}`;
  const file = path.basename(path.resolve(place));
  const origin =
    `${plural(total, "image")} of "${file}"` +
    (found.resizes(size) ? `, resized and cut to the central ${height} x ${width} pixels${shorter}` : "");
  const checksum = found.training === undefined ? checksumOf(test) : checksumOf(training, test);
  return { name: "images", classes: found.classes, isNumbered: found.isNumbered, training, test, checksum, origin };
}

/** Images that are not decoded yet, with their labels. */
interface Part {
  readonly images: readonly (() => Promise<Pixels>)[];
  readonly labels: readonly number[];
}

interface FoundImages {
  readonly classes: readonly string[];
  readonly isNumbered: boolean;
  readonly test: Part;
  readonly training?: Part;
  /** Whether any of them is of another size. */
  resizes(size: ImageSize): boolean;
}

async function imageSet({ images, labels }: Part, size: ImageSize, place: string, onImage: () => void) {
  const { height, width, channels } = size;
  const bytes = height * width * channels;
  if (images.length * bytes > mostBytes) {
    throw new DataError(
      `${images.length} images of ${height} x ${width} x ${channels} take ${(images.length * bytes) / 1e9} GB: need ${mostBytes / 1e9} at most`,
      [`put fewer of them into ${place}`],
    );
  }
  const order = inTurn(labels);
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  const all = new Uint8Array(images.length * bytes);
  const own = largest > 255 ? new Uint16Array(images.length) : new Uint8Array(images.length);
  for (const [at, which] of order.entries()) {
    all.set(fitted(await images[which]!(), size), at * bytes);
    own[at] = labels[which]!;
    onImage();
  }
  return { images: all, labels: own, count: images.length, height, width, channels };
}

/** Places of images in the order in which they are kept: the first of every class, then the second of each, and so on. */
function inTurn(labels: readonly number[]): number[] {
  const seen = new Map<number, number>();
  const turns = labels.map((label) => {
    const turn = seen.get(label) ?? 0;
    seen.set(label, turn + 1);
    return turn;
  });
  return labels.map((_, i) => i).sort((a, b) => turns[a]! - turns[b]! || labels[a]! - labels[b]! || a - b);
}

/** An image at the size asked for: see `loadLabelledImages`. */
function fitted(given: Pixels, { height, width, channels, shorterSide }: ImageSize): Uint8Array {
  const pixels = withChannels(given, channels);
  if (pixels.height === height && pixels.width === width && shorterSide === undefined) return pixels.data;
  const shorter = Math.min(pixels.height, pixels.width);
  const scale =
    shorterSide === undefined ? Math.max(height / pixels.height, width / pixels.width) : shorterSide / shorter;
  const side = (length: number, least: number) => Math.max(least, Math.trunc(length * scale + 1e-9));
  const resized = resizedPixels(pixels, side(pixels.height, height), side(pixels.width, width));
  return cutCentre(resized, height, width).data;
}

// --- a folder by class

async function folderParts(root: string): Promise<FoundImages> {
  const split = await splitOf(root);
  const names = await classNames(root);
  const test = await classFolders(split?.test ?? root);
  const training = split?.training === undefined ? undefined : await classFolders(split.training);
  const folders = [...new Set([...test, ...(training ?? [])].map(({ name }) => name))].sort();
  if (folders.length === 0) throw new DataError(`${root} has no folder of images`, forms);
  const { labelOf, classes, isNumbered } = labelling(root, folders, names);
  const sizes = new Set<string>();
  const part = (all: readonly ClassFolder[]): Part => {
    const files = all.flatMap(({ name, files }) => files.map((file) => ({ file, label: labelOf(name) })));
    const decode = (file: string) => async () => {
      const pixels = await decodedImage(file);
      sizes.add(`${pixels.height} x ${pixels.width}`);
      return pixels;
    };
    return { images: files.map(({ file }) => decode(file)), labels: files.map(({ label }) => label) };
  };
  return {
    ...{ classes, isNumbered, test: part(test), ...(training === undefined ? {} : { training: part(training) }) },
    resizes: ({ height, width, shorterSide }) =>
      shorterSide !== undefined || [...sizes].some((size) => size !== `${height} x ${width}`),
  };
}

/** Folders of test and training images, where these are all that there is. */
async function splitOf(root: string): Promise<{ test: string; training?: string } | null> {
  const folders = await foldersIn(root);
  const known = [...testFolders, ...trainingFolders];
  if (folders.length === 0 || !folders.every((name) => known.includes(name.toLowerCase()))) return null;
  const find = (names: readonly string[]) =>
    names.flatMap((name) => folders.filter((folder) => folder.toLowerCase() === name))[0];
  const [test, training] = [find(testFolders), find(trainingFolders)];
  if (test === undefined) {
    throw new DataError(
      `${root} has ${folders.join(", ")} alone: need ${testFolders.slice(0, 2).join("/ or ")}/ beside it`,
      [...forms],
    );
  }
  return { test: path.join(root, test), ...(training === undefined ? {} : { training: path.join(root, training) }) };
}

async function foldersIn(folder: string): Promise<string[]> {
  await readFolder(folder, forms); // its errors name the folder
  const entries = await readdir(folder, { withFileTypes: true });
  const isFolder = await Promise.all(
    entries.map(
      async (entry) => entry.isDirectory() || (entry.isSymbolicLink() && (await isLinkToFolder(folder, entry.name))),
    ),
  );
  return entries.flatMap(({ name }, i) => (isFolder[i] && !name.startsWith(".") ? [name] : [])).sort();
}

async function isLinkToFolder(folder: string, name: string): Promise<boolean> {
  return readdir(path.join(folder, name)).then(
    () => true,
    () => false,
  );
}

interface ClassFolder {
  readonly name: string;
  /** With the path. */
  readonly files: readonly string[];
}

async function classFolders(root: string): Promise<ClassFolder[]> {
  const folders: ClassFolder[] = [];
  for (const name of await foldersIn(root)) {
    const folder = path.join(root, name);
    const inside = (await readFolder(folder, forms)).filter((file) => !file.startsWith("."));
    const other = inside.find((file) => /\.(webp|gif|bmp|tiff?|avif|heic|ppm|pgm)$/i.test(file));
    if (other !== undefined) {
      throw new DataError(`${path.join(folder, other)} is neither a PNG nor a JPEG`, [
        "convert it to PNG, or move it away",
      ]);
    }
    const files = inside.filter((file) => /\.(png|jpe?g)$/i.test(file)).map((file) => path.join(folder, file));
    if (files.length === 0) {
      const within = inside.length === 0 ? "it is empty" : `it holds ${inside.slice(0, 3).join(", ")}`;
      throw new DataError(`${folder} has no PNG or JPEG file: ${within}`, [
        "remove it, or put images into it",
        ...forms,
      ]);
    }
    folders.push({ name, files });
  }
  return folders;
}

/** The lines of classes.txt; null where there is none. */
async function classNames(place: string): Promise<string[] | null> {
  const file = path.join(/\.npz$/i.test(place) ? path.dirname(place) : place, classesFile);
  if ((await fileLength(file)) === undefined) return null;
  const text = Buffer.from(await readDataFile(file, [])).toString("utf8");
  const names = text.split(/\r?\n/).map((line) => line.trim());
  while (names.at(-1) === "") names.pop();
  const twice = names.find((name, i) => name === "" || names.indexOf(name) !== i);
  if (twice !== undefined || names.length === 0) {
    const what = names.length === 0 ? "is empty" : twice === "" ? "has an empty line" : `names "${twice}" twice`;
    throw new DataError(`${file} ${what}: need the name of each class once, in the order of the labels`, []);
  }
  return names;
}

/** What label each class's folder has. */
function labelling(root: string, folders: readonly string[], names: readonly string[] | null) {
  if (names !== null) {
    const unknown = folders.find((folder) => !names.includes(folder));
    if (unknown !== undefined) {
      throw new DataError(`${root} has a folder ${unknown}, which ${classesFile} there does not name`, [
        `${classesFile} must name every class by its folder, one a line in the order of the labels`,
      ]);
    }
    return { classes: names, isNumbered: false, labelOf: (folder: string) => names.indexOf(folder) };
  }
  if (folders.every((folder) => /^\d{1,5}$/.test(folder)) && folders.every((folder) => Number(folder) <= 65_535)) {
    const last = Math.max(...folders.map(Number));
    const classes = Array.from({ length: last + 1 }, (_, label) => String(label));
    return { classes, isNumbered: true, labelOf: Number };
  }
  return { classes: folders, isNumbered: false, labelOf: (folder: string) => folders.indexOf(folder) };
}

/** An image file as bytes; by what it holds, whatever its name ends in. */
async function decodedImage(file: string): Promise<Pixels> {
  const bytes = await readDataFile(file, []);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPng = view.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const isJpeg = view[0] === 0xff && view[1] === 0xd8;
  if (!isPng && !isJpeg) {
    const kind = fileKindText(bytes, path.basename(file));
    throw new DataError(`${file} is neither a PNG nor a JPEG`, [
      ...(kind === null ? [] : [kind]),
      "remove it, or replace it by an image",
    ]);
  }
  try {
    const { width, height, data } = isPng ? decodedPng(view) : decodedJpeg(view);
    return { width, height, channels: 4, data };
  } catch (error) {
    throw new DataError(
      `${file} cannot be decoded: ${reasonOf(error)}`,
      ["is it cut short? copy it again, or remove it"],
      {
        cause: error,
      },
    );
  }
}

function decodedPng(bytes: Buffer) {
  const { PNG } = require("pngjs") as typeof import("pngjs");
  return PNG.sync.read(bytes); // levels of 16 bits become 8
}

function decodedJpeg(bytes: Buffer) {
  const { decode } = require("jpeg-js") as typeof import("jpeg-js");
  return decode(bytes, { useTArray: true, tolerantDecoding: false, maxMemoryUsageInMB: 2048, maxResolutionInMP: 400 });
}

// --- arrays

/** Arrays by their names; null where the place holds none. */
async function arraysIn(place: string): Promise<Map<string, NumpyArray> | null> {
  const read = (name: string, bytes: Uint8Array, file: string): [string, NumpyArray] => {
    try {
      return [name.replace(/\.npy$/i, ""), parseNpy(bytes)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new DataError(`${file}: ${error.message}`, ["save it by np.save, or np.savez, of plain arrays"]);
    }
  };
  if (/\.npz$/i.test(place)) {
    const { unzipSync } = require("fflate") as typeof import("fflate");
    const bytes = await readDataFile(place, forms);
    let files: Record<string, Uint8Array>;
    try {
      files = unzipSync(bytes, { filter: ({ name }) => /\.npy$/i.test(name) });
    } catch (error) {
      const kind = fileKindText(bytes, path.basename(place));
      throw new DataError(
        `${place} is no .npz file, or cut short: ${reasonOf(error)}`,
        kind === null ? forms : [kind],
        {
          cause: error,
        },
      );
    }
    return new Map(Object.entries(files).map(([name, content]) => read(name, content, `${place}, ${name} in it`)));
  }
  const names = (await readFolder(place, forms)).filter((name) => /\.np[yz]$/i.test(name));
  if (names.length === 0) return null;
  const packed = names.filter((name) => /\.npz$/i.test(name));
  if (packed.length > 0) {
    throw new DataError(`${place} holds ${packed.join(", ")}`, [
      `name the file itself: --data-dir ${path.join(place, packed[0]!)}`,
    ]);
  }
  const arrays = new Map<string, NumpyArray>();
  for (const name of names) {
    const file = path.join(place, name);
    const [key, array] = read(name, await readDataFile(file, forms), file);
    arrays.set(key, array);
  }
  return arrays;
}

const testArrays = [
  ["test_images", "test_labels"],
  ["x_test", "y_test"],
  ["images", "labels"],
  ["x", "y"],
  ["data", "labels"],
  ["images", "targets"],
] as const;
const trainingArrays = [
  ["train_images", "train_labels"],
  ["x_train", "y_train"],
] as const;

function arrayParts(
  place: string,
  arrays: ReadonlyMap<string, NumpyArray>,
  names: readonly string[] | null,
): FoundImages {
  const byName = new Map([...arrays].map(([name, array]) => [name.toLowerCase(), { name, array }]));
  const find = (pairs: readonly (readonly [string, string])[]) => {
    const pair = pairs.find((both) => both.every((name) => byName.has(name)));
    return pair === undefined ? undefined : partOf(place, byName.get(pair[0])!, byName.get(pair[1])!);
  };
  const test = find(testArrays);
  if (test === undefined) {
    const there = [...arrays].map(([name, { shape }]) => `${name} of ${shape.join(" x ") || "no dimension"}`);
    throw new DataError(
      `${place} has no images with labels among its arrays: ${there.join(", ") || "there are none"}`,
      forms,
    );
  }
  const training = find(trainingArrays);
  const largest = Math.max(...[test, ...(training === undefined ? [] : [training])].flatMap(({ most }) => most));
  if (names !== null && largest >= names.length) {
    throw new DataError(
      `${place} has the label ${largest}, ${classesFile} beside it the names of ${names.length} classes`,
      [],
    );
  }
  const classes = names ?? Array.from({ length: largest + 1 }, (_, label) => String(label));
  return {
    ...{ classes, isNumbered: names === null, test, ...(training === undefined ? {} : { training }) },
    resizes: ({ height, width, shorterSide }) =>
      shorterSide !== undefined || test.sides.join() !== [height, width].join(),
  };
}

type NamedArray = { readonly name: string; readonly array: NumpyArray };

function partOf(place: string, images: NamedArray, labels: NamedArray) {
  const { count, height, width, channels, planes } = layoutOf(place, images);
  const own = labelsIn(place, labels, count, images.name);
  const levels = levelsOf(place, images);
  const bytes = height * width * channels;
  const image = (which: number) => async (): Promise<Pixels> => {
    const data = new Uint8Array(bytes);
    const raw = Uint8Array.from({ length: bytes }, (_, i) => levels(which * bytes + i));
    if (planes) interleavePlanes(raw, 0, data, 0, { channels, pixels: height * width });
    return { height, width, channels, data: planes ? data : raw };
  };
  return {
    images: Array.from({ length: count }, (_, which) => image(which)),
    labels: own,
    most: own.reduce((most, label) => Math.max(most, label), 0),
    sides: [height, width],
  };
}

/** [n, h, w], [n, h, w, c] or [n, c, h, w]: where the channels are, their number tells. */
function layoutOf(place: string, { name, array: { shape } }: NamedArray) {
  const [count = 0, ...sides] = shape;
  const isColour = (side: number | undefined) => side === 1 || side === 3 || side === 4;
  if (count > 0 && sides.length === 2)
    return { count, height: sides[0]!, width: sides[1]!, channels: 1, planes: false };
  if (count > 0 && sides.length === 3 && isColour(sides[2]) !== isColour(sides[0])) {
    const [a, b, c] = sides as [number, number, number];
    return isColour(c)
      ? { count, height: a, width: b, channels: c, planes: false }
      : { count, height: b, width: c, channels: a, planes: true };
  }
  throw new DataError(
    `${place}: ${name} is ${shape.join(" x ") || "a single value"}, which does not tell what is what`,
    [
      "need images x height x width, with 1 or 3 channels behind (x height x width x channels) or in front of the sides",
    ],
  );
}

function labelsIn(
  place: string,
  { name, array: { shape, values, type } }: NamedArray,
  count: number,
  images: string,
): number[] {
  const isList = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!isList || shape[0] !== count) {
    throw new DataError(
      `${place}: ${name} is ${shape.join(" x ") || "a single value"}, but ${images} holds ${plural(count, "image")}`,
      [
        `need a label for each, of shape ${count} or ${count} x 1; of one column a class, save the index: labels.argmax(1)`,
      ],
    );
  }
  const odd = values.findIndex((label) => !Number.isInteger(label) || label < 0 || label > 65_535);
  if (odd < 0) return Array.from(values);
  throw new DataError(`${place}: ${name}[${odd}] is ${values[odd]} (${type}): need the index of a class, from 0`, []);
}

/** Bytes, or numbers that are bytes or their 255ths: anything else would lose digits, and its range could not be told. */
function levelsOf(place: string, { name, array: { values, type } }: NamedArray): (at: number) => number {
  if (type === "u1") return (at) => values[at]!;
  let [least, most, whole, parts] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true, true];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    whole &&= Number.isInteger(value);
    parts &&= Math.abs(value * 255 - Math.round(value * 255)) < 1e-3;
  }
  const isRange = least >= 0 && most <= 255; // false for NaN
  if (isRange && whole && most > 1) return (at) => values[at]!;
  if (isRange && parts && most <= 1 && !whole) return (at) => Math.round(values[at]! * 255);
  const why =
    isRange && whole
      ? "0 and 1 alone, which may be levels to 1 or to 255"
      : `values from ${least} to ${most}, ${isRange ? "between the levels of bytes" : "outside of 0 to 255"}`;
  throw new DataError(`${place}: ${name} (${type}) holds ${why}: how they were prepared cannot be told`, [
    "save images as bytes (uint8, 0 to 255), before anything was taken from them",
  ]);
}
