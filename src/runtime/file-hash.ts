import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** The sha256 of a file's content, in hexadecimal. Reads it piece by piece: files here have hundreds of megabytes. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 22 }), hash);
  return hash.digest("hex");
}
