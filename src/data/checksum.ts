import { createHash } from "node:crypto";
import type { ImageSet } from "./dataset";

/**
 * SHA-256 of image sets in their order, as 64 hexadecimal digits: for each its shape, its images, its labels.
 *
 * The shape ("50000 32 32 3" and a line feed) goes in front, so that equal bytes of another shape have another checksum.
 * Speed: about 0.1 s for CIFAR-10's 184 MB where the processor has SHA instructions, 0.5 s where not.
 */
export function checksumOf(...sets: readonly ImageSet[]): string {
  const hash = createHash("sha256");
  for (const { count, height, width, channels, images, labels } of sets) {
    hash.update(`${count} ${height} ${width} ${channels}\n`).update(images).update(labels);
  }
  return hash.digest("hex");
}

/** SHA-256 of a file's bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
