import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  ChecksumListError,
  cacheFolder,
  checksumFile,
  fileKindText,
  parseChecksums,
  readBeginning,
  sha256,
} from "../base";
import {
  type Archive,
  archiveFolder,
  batchFiles,
  classesFile,
  colours,
  fetchCifar10,
  fileBytes,
  isArchive,
  officialArchive,
  originFile,
  readArchive,
  recordBytes,
  recordsPerFile,
  side,
  testFile,
  trainingFiles,
} from "./cifar10-archive";
import { md5Of } from "./download";
import { type BeforeFetching, DataError, fileLength, type OnDataProgress, readDataFile, readFolder } from "./files";
import { checksumOf, type Dataset, type ImageSet, interleavePlanes } from "./images";

interface Cifar10Options {
  /** The packed binary version, the folder that it unpacks to, or a folder that holds one of the two. */
  readonly directory?: string | undefined;
  readonly onProgress?: OnDataProgress | undefined;
  readonly beforeFetching?: BeforeFetching | undefined;
  /** Where CIFAR10_DIR, XDG_CACHE_HOME and HOME are looked up; process.env by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What is downloaded where no folder is named and the cache is empty; the official archive by default. */
  readonly archive?: Archive | undefined;
}

const defaultClasses = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** Where the files are read: a folder, or an archive; and what to do when they are missing or damaged. */
interface Place {
  /** Path of the folder or the archive. */
  readonly path: string;
  /** Names of its files. */
  readonly names: readonly string[];
  readonly remedies: readonly string[];
  /** Where the data set comes from, for a result's provenance. */
  origin(isChecked: boolean): Promise<string>;
  /** A file's path, as messages name it. */
  pathOf(name: string): string;
  lengthOf(name: string): Promise<number | undefined>;
  read(name: string): Promise<Uint8Array>;
}

/**
 * All of CIFAR-10: 50,000 training and 10,000 test images, 32 x 32 x 3, red first.
 *
 * Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images". Read from the named directory, else from
 * CIFAR10_DIR, else from the user's cache, into which it is downloaded when it is not there (170 MB). A folder that was
 * named is never passed over in silence: when it cannot be used, that is an error. Where it holds a file SHA256SUMS, the
 * batches are checked against it.
 *
 * @throws DataError when a file is missing or damaged, or the download fails
 */
export async function loadCifar10(options: Cifar10Options = {}): Promise<Dataset> {
  const place = await placeOf(options);
  const { names, remedies } = place;
  await requireBatches(place);
  const text = async (name: string) => Buffer.from(await place.read(name)).toString("utf8");
  const checksums = names.includes(checksumFile)
    ? readChecksums(await text(checksumFile), place.pathOf(checksumFile))
    : undefined;
  const classes = names.includes(classesFile)
    ? parseClasses(await text(classesFile), place.pathOf(classesFile))
    : defaultClasses;

  let done = 0;
  const read = async (files: readonly string[]): Promise<ImageSet> => {
    const count = files.length * recordsPerFile;
    const images = new Uint8Array(count * side * side * colours);
    const labels = new Uint8Array(count);
    for (const [number, file] of files.entries()) {
      const path = place.pathOf(file);
      const bytes = await place.read(file);
      requireDigest(bytes, checksums?.get(file), path, remedies);
      decodeBatch(bytes, images, labels, number * recordsPerFile, path, remedies);
      done += bytes.length;
      options.onProgress?.({ activity: "reading", done, total: batchFiles.length * fileBytes });
    }
    return { images, labels, count, height: side, width: side, channels: colours };
  };
  const training = await read(trainingFiles);
  const test = await read([testFile]);
  const origin = await place.origin(checksums !== undefined);
  return { name: "cifar10", classes, training, test, checksum: checksumOf(training, test), origin };
}

/** What is to be read; downloads the data set where nothing is named and the cache is empty. */
async function placeOf(options: Cifar10Options): Promise<Place> {
  const { directory, environment = process.env, archive, onProgress, beforeFetching } = options;
  const named = directory ?? (environment.CIFAR10_DIR || undefined);
  if (named !== undefined) {
    const path = resolve(named);
    const by = directory !== undefined ? "--data-dir" : "CIFAR10_DIR";
    const remedies = [
      `name ${basename(officialArchive.url)}, or the folder that holds ${batchFiles.join(", ")}, by --data-dir or CIFAR10_DIR (${path} comes from ${by})`,
      `or leave both out to have the data set downloaded from ${officialArchive.url} (170 MB)`,
    ];
    if (await isFile(path)) {
      if (isArchive(path)) return packed(path, remedies, onProgress);
      const kind = fileKindText(readBeginning(path), basename(path));
      const own = kind === null ? [] : [kind];
      throw new DataError(`${path} is a file, need a folder or the packed data set`, [...own, ...remedies]);
    }
    const names = await readFolder(path, remedies);
    if (names.some((name) => batchFiles.includes(name))) return unpacked(path, names, remedies);
    if (names.includes(archiveFolder)) {
      const inside = join(path, archiveFolder);
      return unpacked(inside, await readFolder(inside, remedies), remedies);
    }
    for (const name of names.filter((file) => /^cifar-?10\b|\.(tar|tgz|gz)$/i.test(file))) {
      const file = join(path, name);
      if (!(await isFile(file)) || !isArchive(file)) continue;
      const isNamedSo = /^cifar/i.test(name);
      const place = await packed(file, remedies, onProgress).catch((error: unknown) => {
        if (isNamedSo) throw error;
      });
      if (place !== undefined && (isNamedSo || place.names.some((held) => batchFiles.includes(held)))) return place;
    }
    return unpacked(path, names, remedies);
  }
  const folder = join(cacheFolder(environment), "cifar-10");
  await fetchCifar10(folder, archive ?? officialArchive, onProgress, beforeFetching);
  const remedies = [
    `remove the folder ${folder} to have the data set downloaded again`,
    "or name another folder by --data-dir or CIFAR10_DIR",
  ];
  const place = unpacked(folder, await readFolder(folder, remedies), remedies);
  if (!place.names.includes(originFile)) return place;
  return {
    ...place,
    origin: async () =>
      Buffer.from(await place.read(originFile))
        .toString("utf8")
        .trim(),
  };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function unpacked(path: string, names: readonly string[], remedies: readonly string[]): Place {
  return {
    ...{ path, names, remedies },
    pathOf: (name) => join(path, name),
    lengthOf: (name) => fileLength(join(path, name)),
    read: (name) => readDataFile(join(path, name), remedies),
    // The folder's name, not its path: a result's provenance is published.
    origin: async (isChecked) =>
      `local folder "${basename(path)}", ${isChecked ? `checked against its ${checksumFile}` : "file sizes checked"}; ${unofficial}`,
  };
}

/** An archive is read into memory, and nothing is written. */
async function packed(path: string, remedies: readonly string[], onProgress?: OnDataProgress): Promise<Place> {
  const total = batchFiles.length * fileBytes;
  const wanted = [...batchFiles, classesFile, checksumFile];
  const files = await readArchive(path, wanted, remedies, (done) =>
    onProgress?.({ activity: "unpacking", done: Math.min(done, total), total }),
  );
  return {
    ...{ path, names: [...files.keys()].sort(), remedies },
    pathOf: (name) => `${path}, ${name} in it`,
    lengthOf: async (name) => files.get(name)?.length,
    read: async (name) => files.get(name)!,
    origin: async () => {
      const { url, md5 } = officialArchive;
      return (await md5Of(path)) === md5 ? `${url} (md5 ${md5})` : `local archive "${basename(path)}"; ${unofficial}`;
    },
  };
}

const unofficial = "not known to be the official pixels";

/** Checks that all batch files are there and of the right length before any of them is read. */
async function requireBatches(place: Place): Promise<void> {
  const { path, names, remedies } = place;
  const missing = batchFiles.filter((file) => !names.includes(file));
  if (missing.length > 0) {
    const python = names.some((name) => name === "data_batch_1" || name === "cifar-10-batches-py");
    const hint = python ? ["what is there is the Python version; need the binary version"] : [];
    throw new DataError(`${path} has no ${missing.join(", ")}`, [...hint, ...remedies]);
  }
  for (const file of batchFiles) {
    const length = await place.lengthOf(file);
    if (length === fileBytes) continue;
    const state = length !== undefined && length > fileBytes ? "too long" : "cut short";
    const kind = fileKindText(await place.read(file), file);
    throw new DataError(
      `${place.pathOf(file)} is ${state}: need ${recordsPerFile} records of ${recordBytes} bytes, so ${fileBytes} bytes, ` +
        `got ${length}`,
      kind === null ? remedies : [kind, ...remedies],
    );
  }
}

function readChecksums(text: string, path: string): Map<string, string> {
  try {
    return parseChecksums(text);
  } catch (error) {
    if (!(error instanceof ChecksumListError)) throw error;
    throw new DataError(`${path}, ${error.message}`, [
      "write it anew by sha256sum *.bin > SHA256SUMS, or remove it to have only the files' sizes checked",
    ]);
  }
}

function requireDigest(bytes: Uint8Array, need: string | undefined, path: string, remedies: readonly string[]): void {
  if (need === undefined) return;
  const got = sha256(bytes);
  if (got !== need) {
    throw new DataError(`${path} is not the file that ${checksumFile} beside it lists: need ${need}, got ${got}`, [
      "copy it again from where it came, or write the list anew if the file was changed on purpose",
      ...remedies,
    ]);
  }
}

/** Writes a batch file's images and labels to their places from image number `first` on. */
function decodeBatch(
  bytes: Uint8Array,
  images: Uint8Array,
  labels: Uint8Array,
  first: number,
  path: string,
  remedies: readonly string[],
): void {
  if (bytes.length !== fileBytes) throw new DataError(`${path} changed while it was read`, remedies);
  const layout = { channels: colours, pixels: side * side };
  for (let record = 0; record < recordsPerFile; record++) {
    const start = record * recordBytes;
    const label = bytes[start]!;
    if (label >= defaultClasses.length) {
      throw new DataError(`${path}, record ${record}: need a label from 0 to 9, got ${label}`, remedies);
    }
    labels[first + record] = label;
    interleavePlanes(bytes, start + 1, images, (first + record) * (recordBytes - 1), layout);
  }
}

function parseClasses(text: string, path: string): string[] {
  const classes = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (classes.length !== defaultClasses.length) {
    throw new DataError(`${path}: need ${defaultClasses.length} class names, one a line, got ${classes.length}`, [
      "remove the file to have the official names used",
    ]);
  }
  return classes.map((name) => name.trim());
}
