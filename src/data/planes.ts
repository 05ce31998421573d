/**
 * Writes one picture that is stored plane by plane, [channels, pixels], pixel by pixel, [pixels, channels].
 *
 * @param planes takes its bytes from `from` on
 * @param target gets its bytes from `to` on
 */
export function interleavePlanes(
  planes: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  { channels, pixels }: { readonly channels: number; readonly pixels: number },
): void {
  for (let channel = 0; channel < channels; channel++) {
    let at = to + channel;
    const start = from + channel * pixels;
    for (let pixel = start; pixel < start + pixels; pixel++, at += channels) target[at] = planes[pixel]!;
  }
}
