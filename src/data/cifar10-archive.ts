import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { formatChecksumList, sha256 } from "./checksum";
import { archiveFolder, batchFiles, classesFile, fileBytes } from "./cifar10";
import { download } from "./download";
import { exclusively } from "./exclusive";
import { DataError, type OnDataProgress, reasonOf } from "./files";
import { readTar } from "./tar";

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
export async function fetchCifar10(folder: string, archive: Archive, onProgress?: OnDataProgress): Promise<void> {
  if (await holdsSomething(folder)) return;
  const remedies = [
    `or fetch ${archive.url} by other means, unpack it, and name its folder by --data-dir or CIFAR10_DIR`,
    `or put the unopened archive into ${dirname(folder)}`,
  ];
  try {
    await mkdir(dirname(folder), { recursive: true });
    await exclusively(
      `${folder}.lock`,
      async () => {
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
        await unpack(path, archive, unfinished, onProgress);
        await rmdir(folder).catch(() => undefined); // an empty folder would be in the way on Windows
        await rename(unfinished, folder);
        await rm(path);
      },
      { onWait: () => onProgress?.({ activity: "waiting", done: 0, total: undefined }) },
    );
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
async function unpack(
  path: string,
  { url, md5 }: Archive,
  folder: string,
  onProgress: OnDataProgress | undefined,
): Promise<void> {
  const total = batchFiles.length * fileBytes;
  let done = 0;
  onProgress?.({ activity: "unpacking", done, total });
  const digests = new Map<string, string>();
  for (const { name, content } of readTar(await unzipped(path), path)) {
    const file = basename(name);
    const isBatch = batchFiles.includes(file);
    if (name !== `${archiveFolder}/${file}` || !(isBatch || file === classesFile)) continue;
    if (isBatch && content.length !== fileBytes) {
      throw new DataError(`${path}: need ${fileBytes} bytes of ${name}, got ${content.length}`);
    }
    await writeFile(join(folder, file), content);
    digests.set(file, sha256(content));
    done += isBatch ? content.length : 0;
    onProgress?.({ activity: "unpacking", done, total });
  }
  const missing = batchFiles.filter((file) => !digests.has(file));
  if (missing.length > 0) throw new DataError(`${path} has no ${archiveFolder}/${missing.join(", ")}`);
  await writeFile(join(folder, "SHA256SUMS"), formatChecksumList(digests));
  await writeFile(join(folder, originFile), `${url} (md5 ${md5})\n`);
}

async function unzipped(path: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(await readFile(path));
  } catch (error) {
    throw new DataError(`cannot unpack ${path}: ${reasonOf(error)}`, [], { cause: error });
  }
}
