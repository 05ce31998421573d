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
  /** Leaves out tensors of whole numbers, such as PyTorch's counters of batches; they are an error by default. */
  readonly skipWholeNumbers?: boolean;
}

/** Bytes of a value that `skipWholeNumbers` leaves out. */
const wholeNumberBytes: Readonly<Record<string, number>> = { I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, I8: 1, U8: 1 };

/**
 * Reads a file's tensors, all of which must be float32.
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
    if (dtype !== "F32") continue;
    const copy = new Uint8Array(values.subarray(start, end)); // aligned, which the file's own bytes need not be
    tensors.set(name, { shape, data: new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4) });
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
  const size = dtype === "F32" ? 4 : wholeNumbers ? bytesOfWholeNumber(dtype) : undefined;
  if (size === undefined) throw new SafetensorsError(`${name}: need dtype F32, got ${String(dtype)}`);
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

function bytesOfWholeNumber(dtype: unknown): number | undefined {
  return typeof dtype === "string" && Object.hasOwn(wholeNumberBytes, dtype) ? wholeNumberBytes[dtype] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
