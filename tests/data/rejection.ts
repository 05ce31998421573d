import * as assert from "uvu/assert";
import { DataError } from "../../src/data";

/** Checks that an action fails with a DataError whose message holds all the words, and returns that error. */
export async function rejects(action: () => unknown, ...words: (string | RegExp)[]): Promise<DataError> {
  let error: unknown;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  assert.instance(error, DataError, `need a DataError, got ${error}`);
  for (const word of words) assert.match((error as DataError).message, word);
  return error as DataError;
}
