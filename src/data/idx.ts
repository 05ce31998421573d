import { DataError } from "./data-error";

/** A block of unsigned bytes with its shape. */
export interface ByteBlock {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const unsignedByte = 0x08; // the format's other element types do not occur in MNIST

/**
 * The bytes and the shape in a file of LeCun's IDX format.
 *
 * Layout: two zero bytes, the element type, the number of dimensions, one big-endian 32-bit length for each dimension, the
 * elements in row-major order, and nothing after them. Source: http://yann.lecun.com/exdb/mnist, "file formats".
 *
 * @param file content of the file; the result shares its memory
 * @param dimensions number of dimensions it must have
 * @param path the file, for the message
 * @param remedies what to do when it is no good, for the message
 * @throws DataError when the file is anything else, is cut short or goes on
 */
export function parseIdx(
  file: Uint8Array,
  dimensions: number,
  path: string,
  remedies: readonly string[] = [],
): ByteBlock {
  const headerBytes = 4 + 4 * dimensions;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = unsignedByte * 256 + dimensions;
  if (file.length < 4 || view.getUint32(0) !== magic) {
    const got = [...file.subarray(0, 4)].map(hexadecimal).join(" ") || "an empty file";
    const packed = file[0] === 0x1f && file[1] === 0x8b ? ["it is compressed: unpack it by gunzip"] : [];
    const need = [0, 0, unsignedByte, dimensions].map(hexadecimal).join(" ");
    throw new DataError(`${path}: need an IDX file that begins with the bytes ${need}, got ${got}`, [
      ...packed,
      ...remedies,
    ]);
  }
  if (file.length < headerBytes) {
    throw new DataError(`${path}: need a header of ${headerBytes} bytes, the file ends after ${file.length}`, remedies);
  }
  const shape = Array.from({ length: dimensions }, (_, dimension) => view.getUint32(4 + 4 * dimension));
  const expected = headerBytes + shape.reduce((product, length) => product * length, 1);
  if (file.length !== expected) {
    const state = file.length < expected ? "cut short" : "too long";
    throw new DataError(
      `${path} is ${state}: its header tells of ${shape.join(" x ")} elements, so ${expected} bytes, got ${file.length}`,
      remedies,
    );
  }
  // A plain Uint8Array, whatever view was given: loops over one kind of array stay fast.
  return { shape, bytes: new Uint8Array(file.buffer, file.byteOffset + headerBytes, file.length - headerBytes) };
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
