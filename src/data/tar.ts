import { DataError } from "./files";

export interface TarFile {
  /** Path inside the archive, as it stands there. */
  readonly name: string;
  readonly content: Uint8Array;
}

const block = 512;

/**
 * The regular files in an unpacked tar archive, in their order; folders, links and notes of the archiver are passed over.
 *
 * Reads the POSIX ustar and the GNU form. Source: POSIX.1-2017, pax, "ustar Interchange Format". Nothing is written
 * anywhere: the caller decides which names it wants, so a name that points out of the folder does no harm.
 *
 * @param archive the whole archive; the contents share its memory
 * @param path the archive, for the message
 * @throws DataError when a header is damaged or the archive is cut short
 */
export function* readTar(archive: Uint8Array, path: string): Generator<TarFile> {
  for (let start = 0; ; ) {
    const header = archive.subarray(start, start + block);
    if (header.length < block) throw new DataError(`${path} is cut short: no end mark after ${archive.length} bytes`);
    if (header.every((byte) => byte === 0)) return; // the end mark
    const damaged = (what: string) => new DataError(`${path}: ${what} in the header at byte ${start}`);

    if (text(header, 257, 5) !== "ustar") throw damaged("no ustar mark");
    // The checksum is the sum of all header bytes, its own field counted as eight spaces.
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    if (octal(header, 148, 8) !== sum) throw damaged("wrong checksum");
    const length = octal(header, 124, 12);
    if (length === undefined) throw damaged("no octal file length");

    const content = archive.subarray(start + block, start + block + length);
    if (content.length < length) {
      throw new DataError(`${path} is cut short: need ${length} bytes at byte ${start + block}, got ${content.length}`);
    }
    start += block + Math.ceil(length / block) * block;
    const type = text(header, 156, 1);
    const prefix = text(header, 257, 8) === "ustar" ? text(header, 345, 155) : ""; // GNU keeps times there
    const name = text(header, 0, 100);
    if (type === "0" || type === "") yield { name: prefix === "" ? name : `${prefix}/${name}`, content };
  }
}

/** A field's characters up to the first zero byte. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString("utf8");
}

/** An octal number with spaces around it; undefined when the field holds anything else. */
function octal(header: Uint8Array, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}
