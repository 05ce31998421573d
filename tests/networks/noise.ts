/**
 * Numbers in [-0.5, 0.5) from a name: each index and the name's FNV-1a hash, mixed as MurmurHash3 ends.
 *
 * `references/pytorch_logits.py` computes the same bits, so that weights need not be stored.
 */
export function noise(name: string, count: number): Float64Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619) >>> 0;
  return Float64Array.from({ length: count }, (_, i) => {
    let mixed = (i + seed) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32 - 0.5;
  });
}
