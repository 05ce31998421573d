/**
 * What stands in for the two things of Node's that the page's scripts need: the digest behind named streams of random draws, and
 * a turn of the event loop. `bundle.ts` puts this file in the place of `node:crypto` and `node:timers/promises`.
 */
import { sha256 } from "@noble/hashes/sha2.js";

/** As Node's `createHash("sha256")`, as far as named streams ask it: equal texts give equal digests, here and there. */
export function createHash(algorithm: string) {
  if (algorithm !== "sha256") throw new RangeError(`a browser has sha256 alone here, got ${algorithm}`);
  const hash = sha256.create();
  const own = {
    update(text: string) {
      hash.update(new TextEncoder().encode(text));
      return own;
    },
    digest() {
      const { buffer } = hash.digest().slice();
      return { readInt32LE: (offset: number) => new DataView(buffer).getInt32(offset, true) };
    },
  };
  return own;
}

/** As Node's of `node:timers/promises`: after what waits in the event loop. */
export function setImmediate(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
