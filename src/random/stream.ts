/**
 * Named, seeded streams: every random draw of the project comes from one of these.
 *
 * A stream is addressed by the run's seed and a path of names ("initial weights", "stage1/block1/convolution1"), so a
 * draw never depends on what else was drawn before it: training resumed at step 700 shuffles, crops and flips as if it
 * had never stopped, and adding a layer leaves the weights of all others as they were.
 */
import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** Random draws, one after another; equal seeds and names draw the same. */
export interface RandomStream {
  /** A number in [0, 1). */
  uniform(): number;
  /** An integer in [0, bound); bound >= 1. */
  integer(bound: number): number;
  /** A standard normal deviate (Box & Muller 1958). */
  normal(): number;
  /** Puts the elements into a uniformly random order, in place (Fisher & Yates), and returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T;
}

/**
 * The stream at an address: equal seeds and names give equal draws, on every machine.
 *
 * @param seed any integer; 0 is a seed like every other
 * @param names path of the stream, from the general to the particular
 */
export function randomStream(seed: number, ...names: (string | number)[]): RandomStream {
  if (!Number.isInteger(seed)) throw new RangeError(`a seed must be an integer, got ${seed}`);
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...names]))
    .digest();
  // An all-zero state would never leave zero; a SHA-256 digest that begins with 16 zero bytes is not met in practice.
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
  let spare: number | undefined; // Box & Muller give two deviates at a time

  const stream: RandomStream = {
    uniform: () => uniformFloat64(generator),
    integer(bound) {
      if (!Number.isInteger(bound) || bound < 1) throw new RangeError(`need an integer bound >= 1, got ${bound}`);
      return uniformInt(generator, 0, bound - 1);
    },
    normal() {
      if (spare !== undefined) {
        const deviate = spare;
        spare = undefined;
        return deviate;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - stream.uniform())); // 1 - u is in (0, 1]: the logarithm is finite
      const angle = 2 * Math.PI * stream.uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(values) {
      for (let last = values.length - 1; last > 0; last--) {
        const other = stream.integer(last + 1);
        const kept = values[last];
        (values as { [index: number]: unknown })[last] = values[other];
        (values as { [index: number]: unknown })[other] = kept;
      }
      return values;
    },
  };
  return stream;
}
