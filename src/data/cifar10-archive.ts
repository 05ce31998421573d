import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { acquireLock, checksumFile, fileKind, formatChecksums, isGzip, isTar, readBeginning, sha256 } from "../base";
import { download } from "./download";
import { type BeforeFetching, DataError, fileLength, type OnDataProgress, readDataFile, reasonOf } from "./files";

/** What the official binary version of CIFAR-10 consists of. Source: https://www.cs.toronto.edu/~kriz/cifar.html */
export const trainingFiles = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
export const testFile = "test_batch.bin";
export const batchFiles: readonly string[] = [...trainingFiles, testFile];

/** Class names, one a line, in label order. */
export const classesFile = "batches.meta.txt";

/** The folder that the official archive unpacks to. */
export const archiveFolder = "cifar-10-batches-bin";

export const side = 32;
export const colours = 3;
/** A label, then the red, the green and the blue plane, each row by row. */
export const recordBytes = 1 + colours * side * side;
export const recordsPerFile = 10_000;
export const fileBytes = recordsPerFile * recordBytes;

/** A packed data set on a server. */
export interface Archive {
  readonly url: string;
  readonly md5: string;
}

/** The binary version on its author's page, with the MD5 given there. */
export const officialArchive: Archive = {
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  md5: "c32a1d4ab5d03f1284b67883e8d87530",
};

/** A note beside the unpacked files of where they came from. */
export const originFile = "origin.txt";

/**
 * Makes sure that `folder` holds the unpacked archive: fetches and unpacks it unless the folder holds something already.
 *
 * The folder appears whole or not at all: files are unpacked beside it, and the finished folder is renamed. Processes that
 * need it at the same time wait for the first of them.
 *
 * @param folder in the user's cache; archive, lock and unfinished things lie beside it
 * @throws DataError when the archive cannot be fetched, or is not what it should be, or the folder cannot be written
 */
export async function fetchCifar10(
  folder: string,
  archive: Archive,
  onProgress?: OnDataProgress,
  beforeFetching?: BeforeFetching,
): Promise<void> {
  if (await holdsSomething(folder)) return;
  beforeFetching?.();
  const remedies = [
    `or fetch ${archive.url} by other means, unpack it, and name its folder by --data-dir or CIFAR10_DIR`,
    `or put the unopened archive into ${dirname(folder)}`,
  ];
  try {
    await mkdir(dirname(folder), { recursive: true });
    const onWait = () => onProgress?.({ activity: "waiting", done: 0, total: undefined });
    const release = await acquireLock(`${folder}.lock`, { onWait });
    try {
      if (await holdsSomething(folder)) return; // another process was faster
      const path = join(dirname(folder), basename(new URL(archive.url).pathname));
      await download({
        ...archive,
        path,
        remedies: ["check the network and try again", ...remedies],
        onBytes: (done, total) => onProgress?.({ activity: "downloading", done, total }),
      });
      const unfinished = `${folder}.unpacking`;
      await rm(unfinished, { recursive: true, force: true }); // of a process that was stopped
      await mkdir(unfinished);
      await unpackBatches(path, archive, unfinished, onProgress);
      await rmdir(folder).catch(() => undefined); // an empty folder would be in the way on Windows
      await rename(unfinished, folder);
      await rm(path);
    } finally {
      release();
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `cannot keep CIFAR-10 in ${folder}: ${reasonOf(error)}`,
      ["set XDG_CACHE_HOME to a folder that can be written, with 600 MB of room", ...remedies],
      { cause: error },
    );
  }
}

/** Whether a folder is there and not empty. */
async function holdsSomething(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

/** Writes the archive's data files to a folder, with their checksums and a note of their origin beside them. */
async function unpackBatches(
  path: string,
  { url, md5 }: Archive,
  folder: string,
  onProgress: OnDataProgress | undefined,
): Promise<void> {
  const total = batchFiles.length * fileBytes;
  let done = 0;
  onProgress?.({ activity: "unpacking", done, total });
  const wanted = [...batchFiles, classesFile].map((file) => `${archiveFolder}/${file}`);
  const unpacked = await unpackFiles(path, wanted, folder, (bytes) => {
    done += bytes;
    onProgress?.({ activity: "unpacking", done: Math.min(done, total), total });
  });
  const missing = batchFiles.filter((file) => !unpacked.includes(file));
  if (missing.length > 0) throw new DataError(`${path} has no ${archiveFolder}/${missing.join(", ")}`);
  const digests = new Map<string, string>();
  for (const file of unpacked) {
    const length = await fileLength(join(folder, file));
    if (batchFiles.includes(file) && length !== fileBytes) {
      throw new DataError(`${path}: need ${fileBytes} bytes of ${archiveFolder}/${file}, got ${length}`);
    }
    digests.set(file, sha256(await readDataFile(join(folder, file), [])));
  }
  await writeFile(join(folder, checksumFile), formatChecksums(digests));
  await writeFile(join(folder, originFile), `${url} (md5 ${md5})\n`);
}

/**
 * Unpacks regular files of a .tar.gz archive into a folder, without the one folder that they lie in within the archive.
 *
 * @param wanted names within the archive, as they stand there ("folder/file"); whatever else it holds is passed over
 * @param onFile told how many bytes a file has once it is unpacked
 * @returns the names of the unpacked files in the folder
 * @throws DataError where the archive is damaged, cut short or no such archive; what was unpacked before stays
 */
export async function unpackFiles(
  archive: string,
  wanted: readonly string[],
  folder: string,
  onFile: (bytes: number) => void,
): Promise<string[]> {
  const { extract } = await import("tar"); // not loaded where the data set is there already
  const unpacked = new Set<string>();
  try {
    await extract({
      file: archive,
      cwd: folder,
      strip: 1,
      strict: true, // a damaged header, or an end before the end mark, is an error
      preserveOwner: false,
      filter: (name, entry) => "type" in entry && /^(Old)?File$/.test(entry.type) && wanted.includes(name),
      onReadEntry(entry) {
        unpacked.add(basename(entry.path));
        entry.on("end", () => onFile(entry.size));
      },
    });
  } catch (error) {
    throw unpackingProblem(archive, error, []);
  }
  return [...unpacked];
}

/**
 * Whether a file is a packed data set by its first bytes: compressed by gzip, or a bare tar archive.
 *
 * @throws what the file system does
 */
export function isArchive(path: string): boolean {
  const bytes = readBeginning(path);
  return isGzip(bytes) || isTar(bytes);
}

/**
 * The regular files of an archive, packed by gzip or not, by their names without the one folder that they lie in. Nothing is written.
 *
 * @param wanted names whose contents are kept; those of others are empty
 * @param onBytes told how many bytes are unpacked so far
 * @throws DataError where the archive is damaged, cut short or no such archive
 */
export async function readArchive(
  archive: string,
  wanted: readonly string[],
  remedies: readonly string[],
  onBytes: (done: number) => void,
): Promise<Map<string, Uint8Array>> {
  const { list } = await import("tar");
  const files = new Map<string, Uint8Array>();
  let done = 0;
  try {
    await list({
      file: archive,
      strict: true,
      onReadEntry(entry) {
        const [, name] = /^(?:\.\/)?(?:(?!\.\.\/)[^/]+\/)?([^/]+)$/.exec(entry.path) ?? []; // in one folder, or in none
        if (name === undefined || !/^(Old)?File$/.test(entry.type) || files.has(name)) return;
        files.set(name, new Uint8Array(0));
        if (!wanted.includes(name)) return;
        const pieces: Uint8Array[] = [];
        entry.on("data", (piece: Uint8Array) => {
          pieces.push(piece);
          done += piece.length;
          onBytes(done);
        });
        entry.on("end", () => files.set(name, Buffer.concat(pieces)));
      },
    });
  } catch (error) {
    throw unpackingProblem(archive, error, remedies);
  }
  return files;
}

function unpackingProblem(archive: string, error: unknown, remedies: readonly string[]): DataError {
  const kind = fileKind(readBeginning(archive), basename(archive));
  const own = kind === null || kind.what.endsWith("gzip") ? [] : [`it is ${kind.what}: ${kind.remedy}`];
  return new DataError(`cannot unpack ${archive}: ${reasonOf(error)}`, [...own, ...remedies], { cause: error });
}
