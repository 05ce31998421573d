/** ONNX networks for tests, and what there is to run them with. */
import { createRequire } from "node:module";
import { test } from "uvu";
import type { GraphRuntime, Network, Route } from "../../src/networks";

const find = createRequire(__filename).resolve;

/** Whether the optional packages are installed. */
export const hasOnnxPackages = ["onnxruntime-node", "onnx-proto"].every((name) => {
  try {
    return find(name) !== "";
  } catch {
    return false;
  }
});

/** A test where they are; elsewhere it is counted as skipped, which the last lines show. */
export const withOnnx = hasOnnxPackages ? test : test.skip;

/** `[count, channels, height, width]` in rows, one an image, as `[count, height, width, channels]`. */
export function channelsLast(rows: readonly (readonly number[])[], [, channels = 1]: readonly number[]): Float32Array {
  return Float32Array.from(
    rows.flatMap((row) => {
      const pixels = row.length / channels;
      return row.map((_, at) => row[(at % channels) * pixels + Math.floor(at / channels)]!);
    }),
  );
}

/** Logits of some images along a route, in rows, by the runtime that the network brings. */
export async function logitsAlong(
  { graph }: Network & { readonly graph: GraphRuntime },
  route: Route,
  images: { readonly values: Float32Array; readonly shape: readonly number[] },
  batchSize: number,
): Promise<Float32Array> {
  const parts = await graph.parts(batchSize);
  let x = await parts.stem(images);
  for (const step of route) x = await parts.block(step, x);
  const { values, classes } = await parts.head(x);
  return values.slice(0, images.shape[0]! * classes);
}

/** The largest difference between two lists of numbers of one length. */
export function largestDifference(some: ArrayLike<number>, others: ArrayLike<number>): number {
  if (some.length !== others.length) return Number.POSITIVE_INFINITY;
  return Array.from(some, (value, i) => Math.abs(value - others[i]!)).reduce((most, each) => Math.max(most, each), 0);
}
