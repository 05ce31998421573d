/**
 * TensorBoard's event files: records of TensorFlow's TFRecord format, each an `Event` of its protocol buffers.
 *
 * Source: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto. A record is the length of its content (8 bytes), that length's masked CRC32C,
 * the content, and the content's masked CRC32C; all numbers have their lowest byte first. A file grows by being appended to.
 */

/** What happened at one step of a training. */
export interface TrainingEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Whole, at least 0. */
  readonly step: number;
  readonly values: readonly EventValue[];
}

/** A value under its tag: "training/loss". Numbers are kept in single precision. */
export type EventValue =
  | {
      readonly tag: string;
      readonly scalar: number;
      /** What the number is, with its unit, in Markdown. TensorBoard takes it from a tag's first value. */
      readonly description?: string;
    }
  | { readonly tag: string; readonly text: string };

/** How much of a file is complete. */
interface WholeEvents {
  /** Length of the complete records, in bytes: what follows them is truncated or damaged. */
  readonly length: number;
  /** The largest step among them; null where there is only the file's head. */
  readonly lastStep: number | null;
}

/** The first record of a file. @param wallTime seconds since 1970 */
export function eventFileHead(wallTime: number): Uint8Array {
  return record([double(fields.wallTime, wallTime), text(fields.fileVersion, "brain.Event:2")]);
}

/** The record of one event. @throws RangeError for a step that is no whole number from 0 on */
export function eventRecord({ wallTime, step, values }: TrainingEvent): Uint8Array {
  if (!(Number.isSafeInteger(step) && step >= 0)) throw new RangeError(`need a whole step, at least 0, got ${step}`);
  const summary = values.map((value) => bytes(fields.summaryValue, valueContent(value)));
  const stepped = step === 0 ? [] : [whole(fields.step, step)]; // protocol buffers leave a zero out
  return record([double(fields.wallTime, wallTime), ...stepped, bytes(fields.summary, summary)]);
}

/** Finds where a file can be continued: a writer that was killed may have left half a record. */
export function wholeEvents(file: Uint8Array): WholeEvents {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let length = 0;
  let lastStep: number | null = null;
  for (let content = recordAt(view, length); content !== null; content = recordAt(view, length)) {
    length += frameBytes + content.length;
    const step = stepOf(content);
    if (step !== null) lastStep = Math.max(lastStep ?? 0, step);
  }
  return { length, lastStep };
}

/** Numbers of the fields, by their protocol buffers. */
const fields = {
  wallTime: 1, // Event
  step: 2,
  fileVersion: 3,
  summary: 5,
  summaryValue: 1, // Summary
  tag: 1, // Summary.Value
  scalar: 2,
  tensor: 8,
  metadata: 9,
  plugin: 1, // SummaryMetadata
  description: 3,
  pluginName: 1, // SummaryMetadata.PluginData
  kind: 1, // TensorProto
  strings: 8,
} as const;
/** `DT_STRING` of types.proto. */
const stringKind = 7;

function valueContent(value: EventValue): Part[] {
  const tag = text(fields.tag, value.tag);
  if ("text" in value) {
    // As TensorBoard's text plugin takes it: a tensor of strings without a dimension.
    const tensor = [whole(fields.kind, stringKind), text(fields.strings, value.text)];
    return [tag, bytes(fields.tensor, tensor), bytes(fields.metadata, [pluginPart("text")])];
  }
  const { scalar, description } = value;
  if (description === undefined) return [tag, single(fields.scalar, scalar)];
  const metadata = [pluginPart("scalars"), text(fields.description, description)];
  return [tag, single(fields.scalar, scalar), bytes(fields.metadata, metadata)];
}

/** Which part of TensorBoard shows a value. */
function pluginPart(name: "scalars" | "text"): Part {
  return bytes(fields.plugin, [text(fields.pluginName, name)]);
}

/** A field of a message, encoded. */
type Part = Uint8Array;

/** How a field's value is laid out; stands in the lowest three bits before it. */
const layouts = { varint: 0, eightBytes: 1, counted: 2, fourBytes: 5 } as const;

function whole(field: number, value: number): Part {
  return Buffer.from([...varint(8 * field + layouts.varint), ...varint(value)]);
}

function double(field: number, value: number): Part {
  const part = Buffer.alloc(9);
  part[0] = 8 * field + layouts.eightBytes;
  part.writeDoubleLE(value, 1);
  return part;
}

function single(field: number, value: number): Part {
  const part = Buffer.alloc(5);
  part[0] = 8 * field + layouts.fourBytes;
  part.writeFloatLE(value, 1);
  return part;
}

function text(field: number, value: string): Part {
  return bytes(field, [Buffer.from(value)]);
}

function bytes(field: number, parts: readonly Part[]): Part {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([8 * field + layouts.counted, ...varint(content.length)]), content]);
}

/** A non-negative integer, seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128); // beyond 32 bits: no shifts
  return [...digits, rest];
}

/** Bytes of a record beside its content. */
const frameBytes = 16;

function record(parts: readonly Part[]): Uint8Array {
  const content = Buffer.concat(parts);
  const framed = Buffer.alloc(frameBytes + content.length);
  framed.writeBigUInt64LE(BigInt(content.length), 0);
  framed.writeUInt32LE(maskedChecksum(framed.subarray(0, 8)), 8);
  content.copy(framed, 12);
  framed.writeUInt32LE(maskedChecksum(content), 12 + content.length);
  return framed;
}

/** The content of the record that begins at an offset; null where no complete one does. */
function recordAt(file: Buffer, start: number): Buffer | null {
  if (file.length < start + frameBytes) return null;
  if (file.readUInt32LE(start + 8) !== maskedChecksum(file.subarray(start, start + 8))) return null;
  const length = Number(file.readBigUInt64LE(start));
  if (file.length < start + frameBytes + length) return null;
  const content = file.subarray(start + 12, start + 12 + length);
  return file.readUInt32LE(start + 12 + length) === maskedChecksum(content) ? content : null;
}

/** CRC32C rotated right by 15 bits, plus a constant: a checksum over data that hold checksums is weak otherwise. */
function maskedChecksum(content: Uint8Array): number {
  const checksum = crc32c(content);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** The step of an event as `eventRecord` writes it; null for a file's head, which has none. */
function stepOf(event: Buffer): number | null {
  const stepField = 9; // behind the wall time and its sign
  if (event[stepField] === 8 * fields.fileVersion + layouts.counted) return null;
  if (event[stepField] !== 8 * fields.step + layouts.varint) return 0;
  let step = 0;
  for (let place = stepField + 1, weight = 1; place < event.length; place++, weight *= 128) {
    step += (event[place]! % 128) * weight;
    if (event[place]! < 128) break;
  }
  return step;
}

/** Castagnoli's polynomial, bits reversed. */
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
  return rest;
});

/**
 * CRC32C of bytes, Castagnoli's polynomial: RFC 3720, appendix B.4. Node's own `crc32` has another polynomial.
 *
 * @returns a whole number in [0, 2^32)
 * @example crc32c(Buffer.from("123456789")) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = table[(rest ^ byte) & 0xff]! ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
