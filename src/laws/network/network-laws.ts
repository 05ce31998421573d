/** Laws that a network keeps whatever it is inside: it is asked for the logits of images, and for nothing else. */
import fc from "fast-check";
import { randomStream } from "../../random";
import { Fault } from "../broken-law";
import { type BlackBox, logitsOf } from "./black-box";

/** What is asked for beside the laws that always hold. */
export interface NetworkLawOptions {
  /** Largest difference that counts as rounding, over the larger of 1 and the largest logit; 1e-4 by default. */
  readonly tolerance?: number;
  /**
   * Pixels by which an image with a border of zeros as wide is moved without any effect, and the difference of logits that counts as
   * none, 0.05 by default. Left out, the law is: few networks keep it.
   */
  readonly translation?: { readonly pixels: number; readonly tolerance?: number };
}

/** A law of a black box. */
export interface NetworkLaw<Case, Subject = BlackBox> {
  readonly name: string;
  /** What holds, as a clause. */
  readonly statement: string;
  /** Images that a case sends through the network, for the number of cases that time allows. */
  readonly images: number;
  /** Why it does not apply; null where it does. */
  leftOut(subject: Subject, options: NetworkLawOptions): string | null;
  cases(subject: Subject, options: NetworkLawOptions): fc.Arbitrary<Case>;
  /** Cases that are tried before all others. */
  readonly examples?: readonly Case[];
  /** A case in words, a line each. */
  describe(found: Case, subject: Subject): readonly string[];
  /** Throws where it does not hold. */
  test(subject: Subject, found: Case, options: NetworkLawOptions): Promise<void>;
}

/** An image by how it is made. */
interface MadeImage {
  readonly content: "normal deviates" | "tenfold deviates" | "zeros" | "ones";
  readonly seed: number;
}

const seeds = fc.nat({ max: 999_999 });

/** Batches of images; the smallest holds the fewest, of seed 0. */
export function batches(
  { mostImages = 6 }: Pick<BlackBox, "mostImages">,
  { fewest = 1, contents = ["normal deviates"] }: { fewest?: number; contents?: readonly MadeImage["content"][] } = {},
): fc.Arbitrary<readonly MadeImage[]> {
  const image = fc.record({ content: fc.constantFrom(...contents), seed: seeds });
  return fc.array(image, { minLength: fewest, maxLength: Math.max(fewest, Math.min(6, mostImages)) });
}

export function batchText(images: readonly MadeImage[], { inputShape }: Pick<BlackBox, "inputShape">): string {
  const each = images.map(({ content, seed }) =>
    content.endsWith("deviates") ? `${content} of seed ${seed}` : content,
  );
  return `${images.length} ${images.length === 1 ? "image" : "images"} of ${inputShape.join(" x ")}: ${each.join("; ")}`;
}

function sizeOf({ inputShape }: Pick<BlackBox, "inputShape">): number {
  return inputShape.reduce((product, side) => product * side, 1);
}

/** The values of a batch, rounded to float32. */
export function valuesOf(images: readonly MadeImage[], box: Pick<BlackBox, "inputShape">): Float32Array {
  const size = sizeOf(box);
  const values = new Float32Array(images.length * size);
  images.forEach(({ content, seed }, i) => {
    const own = values.subarray(i * size, (i + 1) * size);
    if (!content.endsWith("deviates")) own.fill(content === "ones" ? 1 : 0);
    else {
      const stream = randomStream(seed, "pictures");
      const factor = content === "tenfold deviates" ? 10 : 1;
      own.forEach((_, at) => {
        own[at] = factor * stream.normal();
      });
    }
  });
  return values;
}

const rounding = 1e-4;

/**
 * Compares logits in rows.
 *
 * @param names of the two: "alone", "in the batch"
 * @throws Fault naming the place where they differ most
 */
export function requireEqual(
  one: Float64Array,
  other: Float64Array,
  {
    classes,
    allowed,
    names,
    images,
  }: { classes: number; allowed: number; names: readonly [string, string]; images: (row: number) => string },
): void {
  let [place, most, largest] = [-1, -1, 1];
  one.forEach((value, at) => {
    const difference = Math.abs(value - other[at]!);
    largest = Math.max(largest, Math.abs(value), Math.abs(other[at]!));
    if (difference > most || (Number.isNaN(difference) && !Number.isNaN(most))) [place, most] = [at, difference];
  });
  if (most <= allowed * largest) return; // false for NaN
  const [row, label] = [Math.floor(place / classes), place % classes];
  const digits = (value: number) => (Number.isFinite(value) ? value.toPrecision(6) : String(value));
  throw new Fault(
    `${images(row)}, class ${label}: ${digits(one[place]!)} ${names[0]}, ${digits(other[place]!)} ${names[1]}; the difference ` +
      `${most.toPrecision(3)} is ${(most / largest).toPrecision(2)} of the largest logit, ${largest.toPrecision(3)}; allowed ${allowed}`,
  );
}

/** An image of a batch in words. */
export function place(row: number, count: number): string {
  return `image ${row + 1} of ${count}`;
}

/** Why a law of several images does not apply; null where it does. */
export function needsSeveral({ mostImages = 2 }: BlackBox): string | null {
  return mostImages >= 2 ? null : "it takes one image at a time";
}

function needsArrays({ takesArrays = true }: BlackBox): string | null {
  return takesArrays ? null : "its images are copied into a form of their own on the way";
}

type Batch = readonly MadeImage[];

const contents = [
  "zeros",
  "ones",
  "normal deviates",
  "tenfold deviates",
] as const satisfies readonly MadeImage["content"][];

const finite: NetworkLaw<Batch> = {
  name: "finite",
  statement: "logits are finite, as many as there are classes for each image",
  images: 4,
  leftOut: () => null,
  cases: (box) => batches(box, { contents: [...contents] }),
  examples: contents.map((content) => [{ content, seed: 0 }]),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images) {
    const logits = await logitsOf(box, valuesOf(images, box), images.length);
    const odd = logits.findIndex((value) => !Number.isFinite(value));
    if (odd < 0) return;
    const count = logits.filter((value) => !Number.isFinite(value)).length;
    throw new Fault(
      `${place(Math.floor(odd / box.classes), images.length)}, class ${odd % box.classes}: ${logits[odd]}; ${count} of ${logits.length} logits are not finite`,
    );
  },
};

const deterministic: NetworkLaw<Batch> = {
  name: "deterministic",
  statement: "the same images have the same logits each time",
  images: 7,
  leftOut: () => null,
  cases: (box) => batches(box),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images, { tolerance }) {
    const ask = () => logitsOf(box, valuesOf(images, box), images.length);
    requireEqual(await ask(), await ask(), {
      classes: box.classes,
      allowed: tolerance ?? 1e-6,
      names: ["at first", "the next time"],
      images: (row) => place(row, images.length),
    });
  },
};

const independent: NetworkLaw<Batch> = {
  name: "batch-independence",
  statement: "an image's logits do not depend on the images beside it",
  images: 8,
  leftOut: needsSeveral,
  cases: (box) => batches(box, { fewest: 2 }),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images, { tolerance = rounding }) {
    const values = valuesOf(images, box);
    const together = await logitsOf(box, values, images.length);
    const size = sizeOf(box);
    for (let i = 0; i < images.length; i++) {
      const alone = await logitsOf(box, values.slice(i * size, (i + 1) * size), 1);
      requireEqual(alone, together.slice(i * box.classes, (i + 1) * box.classes), {
        ...{ classes: box.classes, allowed: tolerance, names: ["alone", "in the batch"] },
        images: () => place(i, images.length),
      });
    }
  },
};

const ordered: NetworkLaw<{ readonly images: Batch; readonly order: readonly number[] }> = {
  name: "order",
  statement: "images in another order have their logits in that order",
  images: 8,
  leftOut: needsSeveral,
  cases: (box) =>
    batches(box, { fewest: 2 }).chain((images) => {
      const places = images.map((_, i) => i);
      return fc.shuffledSubarray(places, { minLength: places.length }).map((order) => ({ images, order }));
    }),
  describe: ({ images, order }, box) => [batchText(images, box), `in the order ${order.map((i) => i + 1).join(", ")}`],
  async test(box, { images, order }, { tolerance = rounding }) {
    const given = await logitsOf(box, valuesOf(images, box), images.length);
    const moved = await logitsOf(
      box,
      valuesOf(
        order.map((i) => images[i]!),
        box,
      ),
      images.length,
    );
    const expected = Float64Array.from({ length: given.length }, (_, at) => {
      return given[order[Math.floor(at / box.classes)]! * box.classes + (at % box.classes)]!;
    });
    requireEqual(expected, moved, {
      ...{ classes: box.classes, allowed: tolerance, names: ["in the given order", "in the other"] },
      images: (row) => place(order[row]!, images.length),
    });
  },
};

const typed: NetworkLaw<Batch> = {
  name: "type",
  statement: "the same values have the same logits as Float32Array and as Float64Array",
  images: 7,
  leftOut: needsArrays,
  cases: (box) => batches(box),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images, { tolerance = rounding }) {
    const values = valuesOf(images, box);
    requireEqual(
      await logitsOf(box, values, images.length),
      await logitsOf(box, Float64Array.from(values), images.length),
      {
        ...{ classes: box.classes, allowed: tolerance, names: ["as Float32Array", "as Float64Array"] },
        images: (row) => place(row, images.length),
      },
    );
  },
};

const placed: NetworkLaw<{ readonly images: Batch; readonly before: number }> = {
  name: "layout",
  statement: "values have the same logits wherever they lie in a larger buffer",
  images: 7,
  leftOut: needsArrays,
  cases: (box) => fc.record({ images: batches(box), before: fc.integer({ min: 1, max: 9 }) }),
  describe: ({ images, before }, box) => [
    batchText(images, box),
    `a view that begins at value ${before} of its buffer`,
  ],
  async test(box, { images, before }, { tolerance = rounding }) {
    const values = valuesOf(images, box);
    const larger = new Float32Array(before + values.length + 3).fill(7);
    larger.set(values, before);
    const view = larger.subarray(before, before + values.length);
    requireEqual(await logitsOf(box, values, images.length), await logitsOf(box, view, images.length), {
      ...{ classes: box.classes, allowed: tolerance, names: ["on their own", "in a view"] },
      images: (row) => place(row, images.length),
    });
  },
};

const kept: NetworkLaw<Batch> = {
  name: "nothing-changed",
  statement: "the images stay as they were given, and logits as they were handed out",
  images: 7,
  leftOut: needsArrays,
  cases: (box) => batches(box),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images) {
    const values = valuesOf(images, box);
    const copy = values.slice();
    const made = await box.forward({ values, count: images.length });
    const changed = values.findIndex((value, at) => !Object.is(value, copy[at]));
    if (changed >= 0)
      throw new Fault(`value ${changed} of the images was ${copy[changed]} and is ${values[changed]} now`);
    const read = (from: typeof made) => logitsOf({ ...box, forward: () => from }, copy, images.length);
    const before = await read(made);
    await logitsOf(
      box,
      copy.map((value) => value + 1),
      images.length,
    );
    requireEqual(before, await read(made), {
      ...{ classes: box.classes, allowed: 0, names: ["when handed out", "after the next call"] },
      images: (row) => place(row, images.length),
    });
  },
};

interface Move {
  readonly image: MadeImage;
  readonly down: number;
  readonly right: number;
}

const moved: NetworkLaw<Move> = {
  name: "translation",
  statement: "an image with a border of zeros has the same logits a few pixels further",
  images: 2,
  leftOut(box, { translation }) {
    if (translation === undefined) return "it was not asked for (`translation`, --translation)";
    const [rows, columns] = sidesOf(box);
    const least = Math.min(box.inputShape[rows]!, box.inputShape[columns]!);
    return 2 * translation.pixels < least
      ? null
      : `a border of ${translation.pixels} pixels leaves nothing of ${least}`;
  },
  cases(_, { translation }) {
    const { pixels = 0 } = translation ?? {};
    const step = fc.constantFrom(0, pixels, -pixels);
    const image = seeds.map((seed): MadeImage => ({ content: "normal deviates", seed }));
    return fc.record({ image, down: step, right: step });
  },
  describe: ({ image, down, right }, box) => [
    batchText([image], box),
    `moved ${down} pixels down and ${right} to the right`,
  ],
  async test(box, { image, down, right }, { translation }) {
    const { pixels = 0, tolerance = 0.05 } = translation ?? {};
    const values = valuesOf([image], box);
    const at = (y: number, x: number) => framed(values, box, pixels, y, x);
    requireEqual(await logitsOf(box, at(0, 0), 1), await logitsOf(box, at(down, right), 1), {
      ...{ classes: box.classes, allowed: tolerance, names: ["in its place", "moved"] },
      images: () => "the image",
    });
  },
};

/** Axes of height and width: the two longest, in their order. */
function sidesOf({ inputShape, sides }: BlackBox): readonly [number, number] {
  if (sides !== undefined) return sides;
  const axes = inputShape.map((_, axis) => axis).sort((a, b) => inputShape[b]! - inputShape[a]! || a - b);
  return [Math.min(axes[0]!, axes[1] ?? 0), Math.max(axes[0]!, axes[1] ?? 0)];
}

/** The image's central part, moved, on zeros. */
function framed(values: Float32Array, box: BlackBox, border: number, down: number, right: number): Float32Array {
  const { inputShape } = box;
  const [rows, columns] = sidesOf(box);
  const strides = inputShape.map((_, axis) => inputShape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const framedValues = new Float32Array(values.length);
  values.forEach((value, at) => {
    const index = (axis: number) => Math.floor(at / strides[axis]!) % inputShape[axis]!;
    const isWithin = [rows, columns].every((axis) => index(axis) >= border && index(axis) < inputShape[axis]! - border);
    if (isWithin) framedValues[at + down * strides[rows]! + right * strides[columns]!] = value;
  });
  return framedValues;
}

/** Calls that warm up caches and arenas; and calls after which memory has to have stopped growing at least once. */
const [warmUp, readings] = [4, 24];

const bounded: NetworkLaw<Batch> = {
  name: "memory",
  statement: "memory does not grow with every call",
  images: 8,
  leftOut: ({ memory }) => (memory === null ? "what it holds cannot be measured from here" : null),
  cases: (box) => batches({ ...box, mostImages: 1 }),
  describe: (images, box) => [batchText(images, box)],
  async test(box, images) {
    const values = valuesOf(images, box);
    const read = box.memory ?? heldHere();
    const call = () => logitsOf(box, values, images.length);
    for (let i = 0; i < warmUp; i++) await call();
    const found = [read()];
    while (found.length <= readings) {
      await call();
      found.push(read());
      if (found.at(-1)! <= found.at(-2)!) return;
    }
    throw new Fault(
      `what it holds grew with each of ${readings} calls: ${found.slice(0, 6).join(", ")}, ..., ${found.at(-1)}`,
    );
  },
};

/** What this process holds after a collection of what nobody needs: TensorFlow.js's tensors where it is loaded, else bytes. */
function heldHere(): () => number {
  const tensors = Object.entries(require.cache).find(([file]) =>
    /[\\/]@tensorflow[\\/]tfjs-core[\\/].*tf-core\.node\.js$/.test(file),
  );
  const engine = tensors?.[1]?.exports as { memory?(): { readonly numTensors: number } } | undefined;
  if (engine?.memory !== undefined) return () => engine.memory!().numTensors;
  const { setFlagsFromString } = require("node:v8") as typeof import("node:v8");
  const { runInNewContext } = require("node:vm") as typeof import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  return () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return Math.round((heapUsed + external) / 4096); // what the readings themselves take is not seen
  };
}

/** Laws of black boxes, in the order in which they are tried. */
export const networkLaws = [
  finite,
  deterministic,
  independent,
  ordered,
  typed,
  placed,
  kept,
  moved,
  bounded,
] as unknown as readonly NetworkLaw<unknown>[];
