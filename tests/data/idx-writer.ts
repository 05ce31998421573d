/** A file of unsigned bytes in the IDX format, for tests. */
export function writeIdx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x800 + shape.length, 0);
  for (const [dimension, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * dimension);
  return Buffer.concat([header, bytes]);
}
