/**
 * The safetensors format: eight bytes of header length, a JSON header, the values.
 *
 * PyTorch reads what is written here by `safetensors.torch.load_file`. Names are the parameters' addresses; layouts are
 * TensorFlow's: convolution kernels `[height, width, channels in, filters]` (PyTorch has `[filters, channels in, height,
 * width]`), dense kernels `[features, units]`.
 */

/** A tensor's values on their way to or from a file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by name, `__metadata__` in the header. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not what the format or the reader allows. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

/** The bytes of a file with the given float32 tensors, in the order given. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = Object.create(null); // a tensor may be called "__proto__"
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8; // the format pads with blanks, so that values are aligned
  const bytes = Buffer.alloc(8 + headerLength + offset, " ");
  bytes.writeBigUInt64LE(BigInt(headerLength), 0);
  text.copy(bytes, 8);
  let position = 8 + headerLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position); // little-endian, as all our hosts
    position += data.byteLength;
  }
  return bytes;
}

/** Largest header that is read, as in the reference reader: no honest file comes near it. */
const largestHeader = 100_000_000;

interface DecodingOptions {
  /**
   * Leaves out tensors of whole numbers, such as PyTorch's counters of batches; they are an error by default. Weights of 8 bits are
   * one always: those of a quantised network.
   */
  readonly skipWholeNumbers?: boolean;
}

/** Bytes of a value that `skipWholeNumbers` leaves out. */
const wholeNumberBytes: Readonly<Record<string, number>> = {
  ...{ I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1 },
};

/** Bytes of a value of floating point, and what reads such values as float32. */
const floats: Readonly<Record<string, { readonly bytes: number; readonly read: (bytes: Uint8Array) => Float32Array }>> =
  {
    F32: { bytes: 4, read: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4) },
    F16: { bytes: 2, read: (bytes) => widened(bytes, halfValue) },
    BF16: { bytes: 2, read: (bytes) => widened(bytes, brainFloatValue) },
  };

function widened(bytes: Uint8Array, value: (bits: number) => number): Float32Array {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return Float32Array.from(halves, value);
}

/** The value of the 16 bits of a half float: a sign, 5 bits of exponent, 10 of fraction (IEEE 754, binary16). */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const brainFloat = new DataView(new ArrayBuffer(4));

/** The value of a bfloat16: the upper half of a float32. */
export function brainFloatValue(bits: number): number {
  brainFloat.setUint32(0, bits * 2 ** 16);
  return brainFloat.getFloat32(0);
}

/**
 * Reads a file's tensors as float32; half floats (F16) and bfloat16 (BF16) are widened, which is exact.
 *
 * @throws SafetensorsError when lengths, offsets or the header are not as the format has them; nothing is read outside
 *   the file's bytes, and no tensor may overlap another
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  { skipWholeNumbers = false }: DecodingOptions = {},
): SafetensorsFile {
  const { header, values } = splitHeader(bytes);
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  const spans: [start: number, end: number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = checkMetadata(entry);
      continue;
    }
    const { dtype, shape, start, end } = checkEntry(name, entry, values.length, skipWholeNumbers);
    spans.push([start, end]);
    if (!Object.hasOwn(floats, dtype)) continue;
    const copy = new Uint8Array(values.subarray(start, end)); // aligned, which the file's own bytes need not be
    tensors.set(name, { shape, data: floats[dtype]!.read(copy) });
  }
  spans.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const joined = spans.reduce((end, span) => (span[0] === end ? span[1] : Number.NaN), 0);
  if (joined !== values.length) throw new SafetensorsError("the tensors overlap or leave gaps");
  return { tensors, metadata };
}

function splitHeader(bytes: Uint8Array): { header: Record<string, unknown>; values: Uint8Array } {
  if (bytes.length < 8) throw new SafetensorsError(`need at least 8 bytes, got ${bytes.length}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > largestHeader || 8 + length > bytes.length) {
    throw new SafetensorsError(`a header of ${length} bytes does not fit into a file of ${bytes.length}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw new SafetensorsError("the header is not JSON");
  }
  if (!isRecord(header)) throw new SafetensorsError("the header is not an object");
  return { header, values: bytes.subarray(8 + length) };
}

function checkMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === "string")) {
    throw new SafetensorsError("__metadata__ must hold strings only");
  }
  return entry as Record<string, string>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

function checkEntry(name: string, entry: unknown, available: number, wholeNumbers: boolean): Entry {
  if (!isRecord(entry)) throw new SafetensorsError(`${name}: not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const isQuantised = /^[IU]8$/.test(String(dtype)) && /(^|\.)weight$/.test(name); // no counter: a layer needs it
  const size = bytesOf(dtype, floats) ?? (wholeNumbers && !isQuantised ? bytesOf(dtype, wholeNumberBytes) : undefined);
  if (size === undefined) throw new SafetensorsError(`${name}: need dtype F32, F16 or BF16, got ${String(dtype)}`);
  if (!isCounts(shape)) throw new SafetensorsError(`${name}: the shape must be whole numbers from 0 on`);
  if (!isCounts(offsets) || offsets.length !== 2) throw new SafetensorsError(`${name}: need two data offsets`);
  const [start, end] = offsets as [number, number];
  const needed = size * shape.reduce((product, side) => product * side, 1);
  if (start > end || end > available || end - start !== needed) {
    throw new SafetensorsError(
      `${name}: [${shape}] needs ${needed} bytes, got offsets ${start} to ${end} of ${available}`,
    );
  }
  return { dtype: String(dtype), shape, start, end };
}

function bytesOf(
  dtype: unknown,
  table: Readonly<Record<string, number | { readonly bytes: number }>>,
): number | undefined {
  if (typeof dtype !== "string" || !Object.hasOwn(table, dtype)) return undefined;
  const entry = table[dtype]!;
  return typeof entry === "number" ? entry : entry.bytes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
