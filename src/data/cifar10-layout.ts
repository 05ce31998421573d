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
