import { basename, join, resolve } from "node:path";
import { ChecksumListError, cacheFolder, checksumFile, fileKindText, parseChecksums, sha256 } from "../base";
import {
  type Archive,
  archiveFolder,
  batchFiles,
  classesFile,
  colours,
  fetchCifar10,
  fileBytes,
  officialArchive,
  originFile,
  recordBytes,
  recordsPerFile,
  side,
  testFile,
  trainingFiles,
} from "./cifar10-archive";
import { type BeforeFetching, DataError, fileLength, type OnDataProgress, readDataFile, readFolder } from "./files";
import { checksumOf, type Dataset, type ImageSet, interleavePlanes } from "./images";

interface Cifar10Options {
  /** Folder with the binary version, or one that holds its folder cifar-10-batches-bin. */
  readonly directory?: string | undefined;
  readonly onProgress?: OnDataProgress | undefined;
  readonly beforeFetching?: BeforeFetching | undefined;
  /** Where CIFAR10_DIR, XDG_CACHE_HOME and HOME are looked up; process.env by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What is downloaded where no folder is named and the cache is empty; the official archive by default. */
  readonly archive?: Archive | undefined;
}

const defaultClasses = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** A folder to read, how it was chosen, and what to do when its files are missing or damaged. */
interface Place {
  readonly folder: string;
  readonly cached: boolean;
  readonly remedies: readonly string[];
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
  const { folder, cached, remedies } = await place(options);
  const names = await readFolder(folder, remedies);
  await requireBatches(folder, names, remedies);
  const checksums = names.includes(checksumFile)
    ? await readChecksums(join(folder, checksumFile), remedies)
    : undefined;
  const classes = names.includes(classesFile)
    ? parseClasses(await readText(join(folder, classesFile), remedies), join(folder, classesFile))
    : defaultClasses;

  let done = 0;
  const read = async (files: readonly string[]): Promise<ImageSet> => {
    const count = files.length * recordsPerFile;
    const images = new Uint8Array(count * side * side * colours);
    const labels = new Uint8Array(count);
    for (const [number, file] of files.entries()) {
      const path = join(folder, file);
      const bytes = await readDataFile(path, remedies);
      requireDigest(bytes, checksums?.get(file), path, remedies);
      decodeBatch(bytes, images, labels, number * recordsPerFile, path, remedies);
      done += bytes.length;
      options.onProgress?.({ activity: "reading", done, total: batchFiles.length * fileBytes });
    }
    return { images, labels, count, height: side, width: side, channels: colours };
  };
  const training = await read(trainingFiles);
  const test = await read([testFile]);
  const origin =
    cached && names.includes(originFile)
      ? (await readText(join(folder, originFile), remedies)).trim()
      : localOrigin(folder, checksums ? `checked against its ${checksumFile}` : "file sizes checked");
  return { name: "cifar10", classes, training, test, checksum: checksumOf(training, test), origin };
}

/** The folder's name, not its path: a result's provenance is published. */
function localOrigin(folder: string, checked: string): string {
  return `local folder "${basename(folder)}", ${checked}; not known to be the official pixels`;
}

/** The folder to read; downloads the data set where none is named and the cache is empty. */
async function place(options: Cifar10Options): Promise<Place> {
  const { directory, environment = process.env, archive, onProgress, beforeFetching } = options;
  const named = directory ?? (environment.CIFAR10_DIR || undefined);
  if (named !== undefined) {
    const folder = resolve(named);
    const by = directory !== undefined ? "--data-dir" : "CIFAR10_DIR";
    const remedies = [
      `name the folder that holds ${batchFiles.join(", ")} by --data-dir or CIFAR10_DIR (${folder} comes from ${by})`,
      `or leave both out to have the data set downloaded from ${officialArchive.url} (170 MB)`,
    ];
    const names = await readFolder(folder, remedies);
    const inside = !names.some((name) => batchFiles.includes(name)) && names.includes(archiveFolder);
    return { folder: inside ? join(folder, archiveFolder) : folder, cached: false, remedies };
  }
  const folder = join(cacheFolder(environment), "cifar-10");
  await fetchCifar10(folder, archive ?? officialArchive, onProgress, beforeFetching);
  const remedies = [
    `remove the folder ${folder} to have the data set downloaded again`,
    "or name another folder by --data-dir or CIFAR10_DIR",
  ];
  return { folder, cached: true, remedies };
}

/** Checks that all batch files are there and of the right length before any of them is read. */
async function requireBatches(folder: string, names: readonly string[], remedies: readonly string[]): Promise<void> {
  const missing = batchFiles.filter((file) => !names.includes(file));
  if (missing.length > 0) {
    const python = names.some((name) => name === "data_batch_1" || name === "cifar-10-batches-py");
    const hint = python ? ["what is there is the Python version; need the binary version"] : [];
    throw new DataError(`${folder} has no ${missing.join(", ")}`, [...hint, ...remedies]);
  }
  for (const file of batchFiles) {
    const length = await fileLength(join(folder, file));
    if (length === fileBytes) continue;
    const state = length !== undefined && length > fileBytes ? "too long" : "cut short";
    const kind = fileKindText(await readDataFile(join(folder, file), remedies), file);
    throw new DataError(
      `${join(folder, file)} is ${state}: need ${recordsPerFile} records of ${recordBytes} bytes, so ${fileBytes} bytes, ` +
        `got ${length}`,
      kind === null ? remedies : [kind, ...remedies],
    );
  }
}

async function readChecksums(path: string, remedies: readonly string[]): Promise<Map<string, string>> {
  try {
    return parseChecksums(await readText(path, remedies));
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

async function readText(path: string, remedies: readonly string[]): Promise<string> {
  return Buffer.from(await readDataFile(path, remedies)).toString("utf8");
}
