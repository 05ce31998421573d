import Module from "node:module";
import path from "node:path";

/** What this project is called where it is imported from. */
const ownName = "cnn-findings";

let isKnown = false;

/**
 * From now on a file that asks for this project by its name gets the door of this very copy, wherever the file lies and
 * whatever is installed there: a network that is declared in another project runs from a checkout, too.
 *
 * Concerns CommonJS and what is transpiled to it; an ES module finds what is installed beside it.
 */
export function knowOwnName(): void {
  if (isKnown) return;
  isKnown = true;
  const resolver = Module as unknown as { _resolveFilename(request: string, ...others: unknown[]): string };
  const resolve = resolver._resolveFilename;
  const door = path.resolve(__dirname, "..", `index${path.extname(__filename)}`);
  resolver._resolveFilename = function (request, ...others) {
    return resolve.call(this, request === ownName ? door : request, ...others);
  };
}
