/** Arrays as NumPy's `np.save` writes them. */

/** An array, row by row. */
export interface NumpyArray {
  readonly shape: readonly number[];
  /** NumPy's name of its type without the order of bytes: "u1", "f4". */
  readonly type: string;
  readonly values: Uint8Array | Float64Array;
}

/** How one value is read. */
const readers: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number>> = {
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/**
 * Reads an array of numbers.
 *
 * Source: NumPy Enhancement Proposal 1 (numpy.lib.format), versions 1.0 to 3.0.
 *
 * @throws RangeError for other content, for objects and halves of float32, for columns first (`fortran_order`), and for a file that
 *   is cut short
 */
export function parseNpy(bytes: Uint8Array): NumpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isNpy =
    bytes.length >= 10 && bytes[0] === 0x93 && Buffer.from(bytes.subarray(1, 6)).toString("latin1") === "NUMPY";
  if (!isNpy) throw new RangeError("need an array that np.save wrote, which begins with \\x93NUMPY");
  const version = bytes[6]!;
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length >= 12 ? view.getUint32(8, true) : 0;
  const header = Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
  const [, order = "", type = ""] = /'descr':\s*'([<>|=])(\w+)'/.exec(header) ?? [];
  const [, sides] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  const read = readers[type];
  if (sides === undefined || read === undefined) {
    const [, said] = /'descr':\s*('[^']*'|\[[^\]]*\])/.exec(header) ?? [];
    throw new RangeError(`it holds ${said ?? "no array"}: need plain numbers, whole or of 32 or 64 bits`);
  }
  if (/'fortran_order':\s*True/.test(header)) {
    throw new RangeError("its columns come first: save np.ascontiguousarray(it)");
  }
  const shape = sides.split(",").map((side) => side.trim()).filter((side) => side !== "").map(Number); // biome-ignore format: one question
  const size = Number(type.slice(1));
  const count = shape.reduce((product, side) => product * side, 1);
  const from = start + length;
  if (bytes.length < from + count * size) {
    throw new RangeError(`it is cut short: need ${count * size} bytes of values, got ${bytes.length - from}`);
  }
  if (type === "u1") return { shape, type, values: bytes.subarray(from, from + count) };
  const values = Float64Array.from({ length: count }, (_, i) => read(view, from + i * size, order !== ">"));
  return { shape, type, values };
}
