/**
 * Networks as black boxes: a function from images to logits, an ONNX file, an HTTP endpoint on this machine.
 */
import { type OnnxModel, readOnnxFile } from "../../networks";
import { Fault } from "../broken-law";

/** Images in rows, each laid out as `inputShape` says. */
export interface BlackBoxImages {
  /** Of all images, one after another; the law "type" hands them over as a Float64Array, too. */
  readonly values: Float32Array;
  readonly count: number;
}

/** Logits in rows: flat, or a list for each image; typed arrays serve, and a tensor's `data` or `dataSync()` where it has one. */
export type BlackBoxLogits =
  | ArrayLike<number>
  | readonly ArrayLike<number>[]
  | { readonly data: ArrayLike<number> | (() => ArrayLike<number> | Promise<ArrayLike<number>>) };

/** A network of which nothing is known but what it makes of images. */
export interface BlackBox {
  /** Logits `[count, classes]` of images. Whatever it throws is a fault of the network. */
  forward(images: BlackBoxImages): BlackBoxLogits | Promise<BlackBoxLogits>;
  /** Of one image, without the batch: [224, 224, 3], [3, 224, 224]. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** What it is called in messages; "the network" by default. */
  readonly name?: string;
  /** Images that it takes at a time at most; any number by default. */
  readonly mostImages?: number;
  /** Whether other types and places in memory of the same values reach it: not where they are written as JSON or into a tensor. */
  readonly takesArrays?: boolean;
  /** What it holds, in bytes or tensors, for the law of memory; null where that cannot be told. Of this process by default. */
  readonly memory?: (() => number) | null;
  /** Axes of height and width within `inputShape`, for the law of translation; the two that are longest by default. */
  readonly sides?: readonly [rows: number, columns: number];
}

/** A black box, with what frees it. */
export interface OpenBlackBox extends BlackBox {
  release(): Promise<void>;
}

/** The logits of images, checked: so many rows of so many numbers. @throws Fault where they are not */
export async function logitsOf(
  box: BlackBox,
  values: Float32Array | Float64Array,
  count: number,
): Promise<Float64Array> {
  const made = await box.forward({ values: values as Float32Array, count });
  const rows = await numbersIn(made);
  const need = count * box.classes;
  if (rows.length !== need) {
    throw new Fault(
      `for ${count} ${count === 1 ? "image" : "images"} it makes ${rows.length} numbers: need ${need}, ${box.classes} classes for each`,
    );
  }
  return rows;
}

async function numbersIn(made: unknown): Promise<Float64Array> {
  if (isNumbers(made)) return Float64Array.from(made);
  if (Array.isArray(made)) {
    const rows = await Promise.all(made.map(numbersIn));
    const all = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const row of rows) {
      all.set(row, at);
      at += row.length;
    }
    return all;
  }
  const { data, dataSync } = (made ?? {}) as { readonly data?: unknown; readonly dataSync?: unknown };
  if (typeof dataSync === "function") return numbersIn(dataSync.call(made));
  if (typeof data === "function") return numbersIn(await data.call(made));
  if (data !== undefined) return numbersIn(data);
  throw new Fault(`it makes ${made === null ? "null" : typeof made}: need numbers, flat or in a list for each image`);
}

function isNumbers(made: unknown): made is ArrayLike<number> {
  if (ArrayBuffer.isView(made) && !(made instanceof DataView)) return true;
  return Array.isArray(made) && made.every((one) => typeof one === "number");
}

/** What an ONNX file is opened with. */
export interface OnnxBoxOptions {
  /** Height, width and channels, where the file leaves them open. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  readonly output?: string;
  readonly threads?: number;
}

/**
 * An ONNX file as a black box: onnxruntime runs it whole, on images `[height, width, channels]` whatever the graph's own layout.
 *
 * @throws RangeError as `readOnnxNetwork`
 */
export async function onnxBlackBox(file: string | OnnxModel, options: OnnxBoxOptions = {}): Promise<OpenBlackBox> {
  const { inputShape, classes, name, fixedBatch, run, release } = await readOnnxFile(file, options);
  return {
    ...{ name, inputShape, classes, release },
    ...(fixedBatch === null ? {} : { mostImages: fixedBatch }),
    takesArrays: false,
    memory: () => process.memoryUsage.rss(), // the runtime's own memory is not JavaScript's
    forward: ({ values, count }) => run(values, count),
  };
}

/** How an endpoint is asked. */
export interface HttpBoxOptions {
  /** Of one image, as the endpoint takes it. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** An answer that takes longer is a fault; 30 by default. */
  readonly secondsAtMost?: number;
}

/**
 * An HTTP endpoint on this machine as a black box. It is sent a batch as JSON, in the form that its address tells:
 *
 * - `/v2/models/NAME/infer` (KServe, Triton, TorchServe, MLServer): `{ inputs: [{ name, shape, datatype: "FP32", data }] }`;
 * - any other, `/v1/models/NAME:predict` (TensorFlow Serving) for one: `{ instances: [image, ...] }`, each image in nested lists.
 *
 * Read are the lists of numbers of `outputs[0].data`, `predictions`, `outputs`, `logits`, or the whole answer.
 *
 * @throws RangeError for an address that is none, or of another machine
 */
export function httpBlackBox(
  address: string,
  { inputShape, classes, secondsAtMost = 30 }: HttpBoxOptions,
): OpenBlackBox {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.protocol !== "http:")
    throw new RangeError(`${address} is no address: need http://127.0.0.1:PORT/PATH`);
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    throw new RangeError(
      `${url.hostname} is another machine: need an endpoint on this one, http://127.0.0.1:${url.port || "PORT"}${url.pathname}`,
    );
  }
  const isKserve = /\/v2\/.*\/infer$/.test(url.pathname);
  return {
    name: address,
    ...{ inputShape, classes, takesArrays: false, memory: null },
    release: async () => {},
    async forward({ values, count }) {
      const numbers = Array.from(values);
      const shape = [count, ...inputShape];
      const body = isKserve
        ? { inputs: [{ name: "input", shape, datatype: "FP32", data: numbers }] }
        : { instances: nested(numbers, shape) };
      return answerOf(url, JSON.stringify(body), secondsAtMost);
    },
  };
}

async function answerOf(url: URL, body: string, seconds: number): Promise<ArrayLike<number>> {
  const signal = AbortSignal.timeout(1000 * seconds);
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body, signal }).catch((error: Error) => {
    const { message } = (error.cause as Error | undefined) ?? error;
    throw new Fault(`it does not answer: ${message || error.message}`);
  });
  const text = await response.text();
  if (!response.ok) throw new Fault(`it answers ${response.status}: ${text.slice(0, 300)}`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Fault(`its answer is no JSON: ${text.slice(0, 100)}`);
  }
  const { outputs, predictions, logits } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const first = Array.isArray(outputs) ? (outputs[0] as { readonly data?: unknown } | undefined)?.data : undefined;
  const found = first ?? predictions ?? outputs ?? logits ?? answer;
  // JSON has no NaN; servers write it bare, in quotes, or as null.
  const flat = Array.isArray(found) ? (found.flat(Number.POSITIVE_INFINITY) as unknown[]) : [];
  if (flat.length === 0) throw new Fault(`its answer holds no list of numbers: ${text.slice(0, 100)}`);
  return flat.map((one) => (typeof one === "number" ? one : Number.NaN));
}

/** Values as lists of lists, by their shape. */
function nested(values: readonly number[], [count = 0, ...inner]: readonly number[]): unknown[] {
  if (inner.length === 0) return values.slice(0, count);
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => nested(values.slice(i * length, (i + 1) * length), inner));
}
